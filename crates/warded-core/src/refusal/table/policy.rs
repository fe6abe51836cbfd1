//! Rows about policies: the token is good and opens the server, and its operator has said what may be done there.

use super::Entry;

pub(super) const ALL: &[&Entry] = &[
    &POLICY_DENIED,
    &POLICY_HIDDEN,
    &POLICY_HELD,
    &APPROVAL_TOKEN_INSIDE,
    &APPROVAL_TOO_LARGE,
    &APPROVAL_TWICE,
    &POLICY_UNDECIDABLE,
];

pub(in crate::refusal) static POLICY_DENIED: Entry = Entry {
    code: "policy-denied",
    status: 200,
    error: None,
    clause: "Intercept's policy format, Denials",
    public: "The server's policy does not allow this call.",
    meaning: "A rule of the server's policy, or its `default: deny`, denied the call. The answer is the result of a tool with `isError`, so that an agent reads why.",
    advice: "Nothing, if the call should not be made. The record in the journal names the rule; `warded policy explain` shows what it saw.",
    example: "a rule of `create_charge` that says `args.amount`, `lte`, 50000, and a call with 60000",
};

pub(in crate::refusal) static POLICY_HIDDEN: Entry = Entry {
    code: "policy-hidden",
    status: 200,
    error: None,
    clause: "Intercept's policy format, Hidden tools",
    public: "The server's policy does not allow this call.",
    meaning: "The server's policy hides the tool: it is in no list, and nobody may call it.",
    advice: "Nothing, if nobody should call it. Otherwise take its name out of `hide`.",
    example: "`hide: [drop_table]`, and a call of `drop_table`",
};

pub(in crate::refusal) static POLICY_HELD: Entry = Entry {
    code: "policy-held",
    status: 200,
    error: None,
    clause: "Intercept's policy format, Approvals (provisional)",
    public: "The call waits for somebody to approve it.",
    meaning: "A rule with `action: require_approval` holds the call. It was not made; once it is approved, the very same call of the same caller is let through once.",
    advice: "Look at it with `warded approvals list`, then `warded approvals approve` or `deny`.",
    example: "a rule of `delete_repo` that asks for approval, and the first call of it",
};

pub(in crate::refusal) static APPROVAL_TOKEN_INSIDE: Entry = Entry {
    code: "approval-token-inside",
    status: 200,
    error: None,
    clause: "a rule of Warded",
    public: "Your access token must not be in the arguments of a call.",
    meaning: "A rule with `action: require_approval` would hold the call, and the caller's own token stands in its message. Whoever approves it may not be shown the token, and nobody should approve what they are not shown.",
    advice: "Find out who talked the agent into it: a token never belongs in arguments. Without it, the call waits as others do.",
    example: "an agent that was told to put its `Authorization` header into a note",
};

pub(in crate::refusal) static APPROVAL_TOO_LARGE: Entry = Entry {
    code: "approval-too-large",
    status: 200,
    error: None,
    clause: "a limit of Warded",
    public: "The call is too large to wait for approval.",
    meaning: "A rule with `action: require_approval` would hold the call, and its parameters have more than 1048576 bytes, which nobody looks through.",
    advice: "Let the agent make it in smaller calls, or let a rule that looks at the arguments decide instead of a person.",
    example: "a tool that writes a file, a rule that asks for approval, and two megabytes of content",
};

pub(in crate::refusal) static APPROVAL_TWICE: Entry = Entry {
    code: "approval-twice",
    status: 200,
    error: None,
    clause: "a rule of Warded",
    public: "The same call, which needs approval, stands in the batch twice.",
    meaning: "A rule with `action: require_approval` holds the call, and the very same call stands in the batch once more. An approval is for one call.",
    advice: "Let the client send one, and the other once the first was made: it needs an approval of its own.",
    example: "a batch with two calls of `pay`, both with `{\"amount\": 5}`",
};

pub(in crate::refusal) static POLICY_UNDECIDABLE: Entry = Entry {
    code: "policy-undecidable",
    status: 200,
    error: None,
    clause: "Intercept's policy format, Denials",
    public: "The call is more than the server's policy can judge at once.",
    meaning: "The call takes more steps to judge than any call may take, reaches for more than 1,024 things or 64 with arguments, or has a value in its arguments that servers read in several ways. What is not decided is not let through. Every policy that is taken up can judge short calls, so this is the caller's doing.",
    advice: "Nothing, if nobody needs such calls: smaller ones pass. Fewer rules for one name, and shorter arguments, take fewer steps.",
    example: "a call with arguments of four megabytes, and a hundred rules that look through them",
};

pub(in crate::refusal) static POLICY_UNAVAILABLE: Entry = Entry {
    code: "policy-unavailable",
    status: 503,
    error: None,
    clause: "RFC 9110 §15.6.4",
    public: "The server cannot do this at the moment.",
    meaning: "The server's policy could not decide, through no fault of the caller: what it reads is not there. What is not decided is not let through.",
    advice: "Look at the line in the log that names the reason.",
    example: "a rule about a counter whose value nobody could say",
};
