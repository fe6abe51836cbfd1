//! What is wrong with what is presented for a token, and what is our own fault.

use crate::Reason;

pub(super) const ALL: &[&Reason] = &[
    &CODE_INVALID,
    &CODE_REPLAYED,
    &REDIRECT_DIFFERS,
    &VERIFIER_WRONG,
    &REFRESH_INVALID,
    &REFRESH_REUSED,
    &REFRESHED_OFTEN,
    &PERSON_GONE,
    &UNABLE,
];

pub(in crate::refused) static CODE_INVALID: Reason = Reason {
    code: "code-invalid",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 6749 §4.1.3",
    public: "The code is unknown, expired or not this client's.",
    meaning: "The code was not issued here, is older than a minute, has been revoked, or was given to another client. Nothing was changed.",
    advice: "If it happens often: compare the clocks of the nodes.",
};

pub(in crate::refused) static CODE_REPLAYED: Reason = Reason {
    code: "code-replayed",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 6749 §4.1.2",
    public: "The code has been used. What came of it has been revoked.",
    meaning: "The client's code was presented a second time, so two parties hold it. Its grant has been revoked, and the guards of this process have been told to refuse the access token that came of it; those of other nodes find out within seconds.",
    advice: "Find out whether the client retries (it must not) or whether somebody reads its redirects.",
};

pub(in crate::refused) static REDIRECT_DIFFERS: Reason = Reason {
    code: "redirect-differs",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 6749 §4.1.3",
    public: "The code was sent to another redirect URI.",
    meaning: "The redirect URI at the token endpoint is not the one that the code was sent to, byte for byte.",
    advice: "Fix the client. If you do not know it, somebody may have injected a code.",
};

pub(in crate::refused) static VERIFIER_WRONG: Reason = Reason {
    code: "verifier-wrong",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 7636 §4.6",
    public: "The code_verifier does not belong to the code.",
    meaning: "Whoever presents the code is not the one who asked for it, or its verifier is malformed. The code is as good as before.",
    advice: "If you do not know the client, somebody may have stolen a code.",
};

pub(in crate::refused) static REFRESH_INVALID: Reason = Reason {
    code: "refresh-invalid",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 6749 §6",
    public: "The refresh token is unknown, expired, revoked or not this client's.",
    meaning: "The refresh token was not issued here, was not used for too long, has reached the end of its grant, has been revoked, or was given to another client.",
    advice: "Nothing: the client asks its person again.",
};

pub(in crate::refused) static REFRESH_REUSED: Reason = Reason {
    code: "refresh-reused",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 9700 §4.14.2",
    public: "The refresh token has been used before. The grant has been revoked.",
    meaning: "A refresh token was presented a second time, so two parties hold it: a thief and a client, or two processes of one client that share a file. Which of them is honest cannot be seen, so the grant ended.",
    advice: "Let the person log in again. If it happens often, let each process of the client ask for its own grant.",
};

pub(in crate::refused) static REFRESHED_OFTEN: Reason = Reason {
    code: "refreshed-too-often",
    status: 429,
    error: "temporarily_unavailable",
    clause: "RFC 6585 §4",
    public: "This grant was refreshed too often. Wait a while; the refresh token is still good.",
    meaning: "One grant was refreshed more than 60 times within 15 minutes, or those of its person too often. The first four refreshes of a grant are its own; on top of these, one client may refresh 500 times for one person, and all clients of a person 1,000 times. Where tokens live for less than a minute, a grant may be refreshed four times in the life of each, and client and person have as much more. What is kept of each refresh would fill the disk. Nothing was consumed: the same refresh token works after the time in `Retry-After`.",
    advice: "Look at the client: it should use an access token until it expires, and refresh then.",
};

pub(in crate::refused) static PERSON_GONE: Reason = Reason {
    code: "person-gone",
    status: 400,
    error: "invalid_grant",
    clause: "RFC 6749 §5.2",
    public: "The person who agreed is no longer there.",
    meaning: "The person in whose name the token would speak has been removed.",
    advice: "Nothing.",
};

pub(in crate::refused) static UNABLE: Reason = Reason {
    code: "unable",
    status: 503,
    error: "temporarily_unavailable",
    clause: "RFC 9110 §15.6.4",
    public: "The issuer cannot do this at the moment.",
    meaning: "The store, the source of randomness or the signature failed. It is our fault; nothing was consumed, or all of it.",
    advice: "Look at the log: it names what failed. Then at the file that `store` names: space, permissions.",
};
