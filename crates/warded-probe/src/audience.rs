//! For whom was each token issued? Where the issuer named both servers, no server can tell them apart.

use serde_json::Value;
use warded_core::ResourceUri;

use crate::{
    case::Severity,
    credential::Credential,
    party::{Party, Side},
    verdict::Judged,
};

/// The recipients that a token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The token cannot be read: whom it names only its issuer knows.
    Opaque,
    /// These, and possibly nobody.
    Named(Vec<String>),
}

impl Audience {
    pub(crate) fn of(token: &Credential) -> Self {
        let Some(token) = token.read() else { return Self::Opaque };
        Self::Named(match token.claims().get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => {
                several.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Whether a token with this audience, issued for one server, names the server of the other audience as well.
    ///
    /// Values that both tokens have may be companions, such as Keycloak's `account`. But where every value of the
    /// other token is in this one, so is the value that means the other server.
    fn names(&self, server: &ResourceUri, others: &Self) -> bool {
        let (Self::Named(ours), Self::Named(theirs)) = (self, others) else {
            return self.names_url(server);
        };
        self.names_url(server) || theirs.iter().all(|value| ours.contains(value))
    }

    fn names_url(&self, server: &ResourceUri) -> bool {
        match self {
            Self::Opaque => false,
            Self::Named(values) => {
                values.iter().any(|value| ResourceUri::parse(value).as_ref() == Ok(server))
            }
        }
    }
}

/// What the tokens say about whom they are for.
#[derive(Clone, Debug)]
pub(crate) struct Audiences {
    a: Audience,
    b: Audience,
    /// Whether the token of B names A as well.
    a_in_b: bool,
    b_in_a: bool,
}

impl Audiences {
    pub(crate) fn read(a: &Party, b: &Party) -> Self {
        let (of_a, of_b) = (Audience::of(&a.tokens.access), Audience::of(&b.tokens.access));
        let (a_in_b, b_in_a) = (of_b.names(&a.url, &of_a), of_a.names(&b.url, &of_b));
        Self { a: of_a, b: of_b, a_in_b, b_in_a }
    }

    pub(crate) const fn of(&self, side: Side) -> &Audience {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// Whether the neighbour's token names the server at this side: then it is admitted there rightly.
    pub(crate) const fn are_shared_at(&self, side: Side) -> bool {
        match side {
            Side::A => self.a_in_b,
            Side::B => self.b_in_a,
        }
    }

    pub(crate) fn judge(&self, severity: Severity) -> Judged {
        for (side, audience) in [(Side::A, &self.a), (Side::B, &self.b)] {
            if *audience == Audience::Named(Vec::new()) {
                return Judged::fail(severity, format!("the token for {side} names nobody"));
            }
        }
        match (self.a_in_b, self.b_in_a) {
            (true, true) => Judged::fail(severity, "each token names the other server as well"),
            (true, false) => Judged::fail(severity, "the token for B names A as well"),
            (false, true) => Judged::fail(severity, "the token for A names B as well"),
            (false, false) if self.a == Audience::Opaque || self.b == Audience::Opaque => {
                Judged::skipped("a token cannot be read, so only its issuer knows whom it names")
            }
            (false, false) => Judged::pass("each token names a server that the other does not"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warded_core::jose::base64url;

    use super::*;
    use crate::{party::Tokens, verdict::Verdict};

    fn party(url: &str, audience: &Value) -> Party {
        let token = if audience == "opaque" {
            "opaque".to_owned()
        } else {
            let part = |value: Value| base64url::encode(value.to_string());
            format!("{}.{}.c2ln", part(json!({ "alg": "ES256" })), part(json!({ "aud": audience })))
        };
        Party::new(ResourceUri::parse(url).unwrap(), Tokens::access(Credential::parse(token).unwrap()))
    }

    /// The verdict, and whether the neighbour's token is rightly admitted at A and at B.
    fn judged(a: &Value, b: &Value) -> (Verdict, bool, bool) {
        let audiences =
            Audiences::read(&party("https://a.example/mcp", a), &party("https://b.example/mcp", b));
        let verdict = audiences.judge(Severity::Critical).verdict;
        (verdict, audiences.are_shared_at(Side::A), audiences.are_shared_at(Side::B))
    }

    #[test]
    fn tokens_for_one_server_each_are_told_from_tokens_for_both() {
        use Verdict::{Fail, Pass, Skipped};

        for (a, b, expected) in [
            (json!("https://a.example/mcp"), json!("https://b.example/mcp"), (Pass, false, false)),
            (json!("api://a"), json!("api://b"), (Pass, false, false)),
            (json!(["account", "api://a"]), json!(["account", "api://b"]), (Pass, false, false)),
            (json!("account"), json!("account"), (Fail, true, true)),
            (json!(["x", "y"]), json!(["y", "x"]), (Fail, true, true)),
            (json!("api://a"), json!(["api://a", "api://b"]), (Fail, true, false)),
            (json!("api://a"), json!(["api://b", "HTTPS://a.example:443/mcp"]), (Fail, true, false)),
            (json!(["api://a", "https://b.example/mcp"]), json!("api://b"), (Fail, false, true)),
            (json!("opaque"), json!("api://b"), (Skipped, false, false)),
            (json!("opaque"), json!("opaque"), (Skipped, false, false)),
            (json!("opaque"), json!("https://a.example/mcp"), (Fail, true, false)),
            // A token that names nobody is the issuer's fault; whoever admits it admits it rightly or not, who knows.
            (json!(null), json!("api://b"), (Fail, true, false)),
            (json!([]), json!(null), (Fail, true, true)),
            (json!(7), json!("api://b"), (Fail, true, false)),
        ] {
            assert_eq!(judged(&a, &b), expected, "{a} {b}");
        }
    }
}
