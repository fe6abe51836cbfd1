//! Which rules have fixes, and of which kind. The pages of the rules tell it.

/// What a rule's fixes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever tells it must know each")]
pub enum Mends {
    /// There is none, and why.
    None(&'static str),
    /// What it does: nothing that works stops working.
    Safe(&'static str),
    /// What it does: somebody has to fill in a value, or calls that worked may be refused.
    Unsafe(&'static str),
    /// Some of these, and some of those.
    Both(&'static str),
}

/// What is written where code does not name the server: a constant.
const CONSTANT: &str = "Where nothing in the code is called like the URL of the server, a constant is written for it, which \
                        somebody has to fill in.";

/// The fixes of a rule.
pub fn mends(rule: &str) -> Mends {
    match rule {
        "WRD101" | "WRD102" => Mends::Unsafe("gives `resource` beside the other parameters."),
        "WRD103" => Mends::Unsafe(
            "gives `resource` beside the other parameters; what a library sends by itself cannot be mended in a line.",
        ),
        "WRD104" => Mends::Unsafe("names the server instead, or leaves the fragment out."),
        "WRD105" => Mends::Unsafe("gives a value for where none is given."),
        "WRD106" => Mends::Unsafe(
            "turns the switch, takes the option away, or has the hook name the server that it is asked about. An authorization \
             server that does not know `resource` may refuse the requests.",
        ),
        "WRD107" => Mends::Unsafe(
            "compares `resource` with the URL of the server before anything else of it is used, where that has a name and a failure \
             is thrown. A server that spells its own URL otherwise is refused then.",
        ),
        "WRD108" => Mends::Unsafe(
            "puts the server into the key, where it has a name there. Tokens that are stored already are not found any more, and are \
             asked for anew; whatever else looks for them has to use the same key.",
        ),
        "WRD201" => Mends::Unsafe("demands the audience where the token is verified."),
        "WRD202" => Mends::Unsafe(
            "takes away what switches the check off, and demands the audience. Where no signature is verified either, there is \
             none: the key is missing.",
        ),
        "WRD203" => {
            Mends::Safe("demands that there is an audience: a token that names this server passes as it did.")
        }
        "WRD204" => {
            Mends::Unsafe("makes the comparison whatever the request says, or refuses where it fails.")
        }
        "WRD205" => Mends::Unsafe(
            "compares the whole audience with what is called like this server, or demands that of this server instead of one that all \
             have. Where something else is compared than an audience, there is none.",
        ),
        "WRD206" => Mends::Unsafe("demands the audience, or compares the one that the issuer tells."),
        "WRD207" => Mends::None(
            "the token for the other service has to be asked for first: an exchange or an issuer is missing",
        ),
        "WRD208" => Mends::Unsafe(
            "sends the token in the header, in Python, JavaScript and Rust, where the call takes both. A server that reads it \
             from the query has callers that have to change with it: there is none for that.",
        ),
        "WRD401" => {
            Mends::Safe("names a variable or an input in its place, where the client can read it from there.")
        }
        "WRD402" => Mends::None("under which header the server takes the token is not known"),
        "WRD403" => Mends::None("the second token has to be asked for first"),
        "WRD404" => Mends::Both(
            "calls by `https://` and takes `--allow-http` away (safe); takes away what leaves `resource` out (unsafe).",
        ),
        "WRD405" => Mends::Safe("lets nobody else read the file."),
        "WRD406" => Mends::None("which version is to be run is not known"),
        _ => Mends::None("whether the comment goes or gets a reason, only who wrote it knows"),
    }
}

impl Mends {
    /// For people, in sentences.
    pub fn says(self, rule: &str) -> String {
        let value = matches!(
            rule,
            "WRD101" | "WRD102" | "WRD103" | "WRD104" | "WRD105" | "WRD201" | "WRD202" | "WRD205" | "WRD206"
        );
        let more = if value { format!(" {CONSTANT}") } else { String::new() };
        match self {
            Self::None(why) => format!("No automatic fix: {why}."),
            Self::Safe(says) => format!("`warded scan --fix` {says}"),
            Self::Unsafe(says) => format!("`warded scan --fix=unsafe` {says}{more}"),
            Self::Both(says) => format!("`warded scan --fix`, and `--fix=unsafe`, {says}"),
        }
    }
}
