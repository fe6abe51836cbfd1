//! Does any assertion let a client in that it does not speak of, or at an issuer that it is not for?

use serde_json::Value;
use warded_core::{
    Issuer,
    assertion::{Asserted, Assertion, Awaited},
    jose::KeySet,
};

use crate::{NOW, keys};

/// Who signs, for whom, and for whom not.
const CLIENT: &str = "robot";
const ISSUER: &str = "https://mcp.example.com/issuers/staff";
const ENDPOINT: &str = "https://mcp.example.com/issuers/staff/token";
const NEIGHBOUR: &str = "https://mcp.example.com/issuers/partners";

/// Checks bytes as an assertion, and their two lines as the header and the claims of one that the test key signs.
///
/// Nothing is accepted without a signature; what is signed is accepted only where it says everything that RFC 7523 §3
/// asks for, and then for one client, one issuer and one span of time.
pub fn assertion(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    assert!(checked(text, CLIENT, ISSUER, 0).is_none(), "nobody signed it: {text:?}");
    let Some((header, claims)) = text.split_once('\n') else {
        return;
    };
    let signed = keys::signed(header.as_bytes(), claims.as_bytes());
    let Some(asserted) = checked(&signed, CLIENT, ISSUER, 0) else {
        return;
    };
    assert!(says(header, claims), "it does not say so: {text:?}");
    for (client, issuer, later) in [
        ("another", ISSUER, 0),
        ("Robot", ISSUER, 0),
        (CLIENT, NEIGHBOUR, 0),
        (CLIENT, "https://mcp.example.com", 0),
        (CLIENT, ISSUER, 3721),
    ] {
        assert!(checked(&signed, client, issuer, later).is_none(), "{client} {issuer} {later}: {text:?}");
    }
    let again = checked(&signed, CLIENT, ISSUER, 0);
    assert_eq!(again.map(|again| *again.mark()), Some(*asserted.mark()), "one assertion, one mark");
    assert!(asserted.until() > NOW, "it is remembered: {text:?}");
    let (unsigned, _) = signed.rsplit_once('.').unwrap_or_default();
    assert!(checked(&format!("{unsigned}."), CLIENT, ISSUER, 0).is_none(), "without its signature");
}

fn checked(text: &str, client: &str, issuer: &str, later: u32) -> Option<Asserted> {
    let issuer = Issuer::parse(issuer).expect("a fixed issuer");
    let endpoint = if issuer.as_str() == ISSUER { ENDPOINT } else { "https://elsewhere.example/token" };
    let keys = KeySet::parse(keys::set().to_string().as_bytes()).expect("the test keys are a set");
    let awaited = Awaited { client, issuer: &issuer, endpoint, now: NOW.plus(later) };
    Assertion::parse(text).and_then(|assertion| assertion.check(&awaited, &keys)).ok()
}

/// The checks of RFC 7523 §3 as somebody would write them down who has never seen the product.
fn says(header: &str, claims: &str) -> bool {
    let (Ok(header), Ok(claims)) =
        (serde_json::from_str::<Value>(header), serde_json::from_str::<Value>(claims))
    else {
        return false;
    };
    let typ = header["typ"].as_str().map(str::to_ascii_lowercase);
    let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
    let is_new = typ == Some("client-authentication+jwt");
    let is_typed = header.get("typ").is_none() || is_new || typ == Some("jwt");
    let is_algorithm = matches!(header["alg"].as_str(), Some("EdDSA" | "Ed25519"));
    let is_plain = header.get("crit").is_none() && header.get("b64").is_none();
    let is_client = |claim: &str| claims[claim].as_str() == Some(CLIENT);
    let aud = match &claims["aud"] {
        Value::Array(list) if list.len() == 1 && !is_new => list[0].as_str(),
        one => one.as_str(),
    };
    let slash = format!("{ISSUER}/");
    let is_here = aud.is_some_and(|aud| aud == ISSUER || aud == slash || (aud == ENDPOINT && !is_new));
    let left = |claim: &str| claims.get(claim).map(|at| at.as_f64().map(|at| at - 1_800_000_000.0));
    let is_live = left("exp").flatten().is_some_and(|left| left > -61.0 && left < 3661.0);
    let is_past = |claim: &str| left(claim).is_none_or(|at| at.is_some_and(|at| at < 61.0));
    is_typed
        && is_algorithm
        && is_plain
        && is_client("iss")
        && is_client("sub")
        && is_here
        && is_live
        && is_past("iat")
        && is_past("nbf")
        && claims["jti"].as_str().is_some_and(|id| (1..=256).contains(&id.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A corpus in which nothing is good would show nothing.
    #[test]
    fn good_seeds_are_accepted_and_no_other() {
        let mut good = 0;
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/assertion");
        for seed in std::fs::read_dir(corpus).unwrap() {
            let path = seed.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let signed = text
                .split_once('\n')
                .map(|(header, claims)| keys::signed(header.as_bytes(), claims.as_bytes()));
            let is_accepted = signed.is_some_and(|text| checked(&text, CLIENT, ISSUER, 0).is_some());
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(is_accepted, name.starts_with("good"), "{name}");
            good += usize::from(is_accepted);
        }
        assert!(good >= 7, "{good}");
    }
}
