//! Does any proof of possession prove something that it does not say?

use serde_json::Value;
use warded_core::{
    InboundToken, ResourceUri,
    dpop::{Expected, Proof, Proved},
    jose::Key,
};

use crate::{NOW, keys};

/// Where proofs are for, where they are not, and the token that they go with.
const HERE: &str = "https://mcp.example.com/notes/mcp";
const NEIGHBOUR: &str = "https://mcp.example.com/files/mcp";
const TOKEN: &str = "header.claims.signature";
/// The base64url of its SHA-256.
const HASH: &str = "11x9Wr_DtA_-EKb4jpRN9mxXsZ3ckZwe5JkRvqtZaQw";

/// Checks bytes as a proof, and their two lines as the header and the claims of a proof that the test key signs.
///
/// Nothing is accepted without a signature; what is signed is accepted only where it says everything that RFC 9449
/// §4.3 asks for, and then for one method, one URL, one token and one span of time.
pub fn proof(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    assert!(checked(text, "POST", HERE, TOKEN, 0).is_none(), "nobody signed it: {text:?}");
    let Some((header, claims)) = text.split_once('\n') else {
        return;
    };
    let signed = keys::signed(header.as_bytes(), claims.as_bytes());
    let Some(proved) = checked(&signed, "POST", HERE, TOKEN, 0) else {
        return;
    };
    assert!(says(header, claims), "it does not say so: {text:?}");
    assert_eq!(proved.key(), test_key(), "another key: {text:?}");
    for (method, url, token, later) in [
        ("GET", HERE, TOKEN, 0),
        ("post", HERE, TOKEN, 0),
        ("POST", NEIGHBOUR, TOKEN, 0),
        ("POST", HERE, "header.claims.another", 0),
        ("POST", HERE, TOKEN, 361),
    ] {
        assert!(checked(&signed, method, url, token, later).is_none(), "{method} {url} {later}: {text:?}");
    }
    let again = checked(&signed, "POST", HERE, TOKEN, 0);
    assert_eq!(again.map(|again| *again.mark()), Some(*proved.mark()), "one proof, one mark");
    let (unsigned, _) = signed.rsplit_once('.').unwrap_or_default();
    assert!(checked(&format!("{unsigned}."), "POST", HERE, TOKEN, 0).is_none(), "without its signature");
}

fn checked(proof: &str, method: &str, url: &str, token: &str, later: u32) -> Option<Proved> {
    let expected = Expected {
        method,
        url: &ResourceUri::parse(url).expect("a fixed identifier"),
        token: Some(&InboundToken::new(token.to_owned())),
        nonces: None,
        now: NOW.plus(later),
    };
    Proof::parse(proof).and_then(|proof| proof.check(&expected)).ok()
}

fn test_key() -> warded_core::jose::Thumbprint {
    let first = keys::set()["keys"][0].to_string();
    Key::parse(first.as_bytes()).expect("a test key is a key").thumbprint()
}

/// The checks of RFC 9449 §4.3 as somebody would write them down who has never seen the product.
fn says(header: &str, claims: &str) -> bool {
    let (Ok(header), Ok(claims)) =
        (serde_json::from_str::<Value>(header), serde_json::from_str::<Value>(claims))
    else {
        return false;
    };
    let is_text = |value: &Value, text: &str| value.as_str() == Some(text);
    let jwk = &header["jwk"];
    let is_key = is_text(&jwk["kty"], "OKP") && is_text(&jwk["crv"], "Ed25519") && jwk.get("d").is_none();
    let is_algorithm = is_text(&header["alg"], "EdDSA") || is_text(&header["alg"], "Ed25519");
    let is_plain = header.get("crit").is_none() && header.get("b64").is_none();
    let url = claims["htu"].as_str().and_then(|htu| htu.split(['?', '#']).next());
    let is_here = url.and_then(|url| ResourceUri::parse(url).ok()).is_some_and(|url| url.as_str() == HERE);
    let age = claims["iat"].as_f64().map(|iat| 1_800_000_000.0 - iat);
    is_text(&header["typ"], "dpop+jwt")
        && is_key
        && is_algorithm
        && is_plain
        && claims["jti"].as_str().is_some_and(|id| (1..=256).contains(&id.len()))
        && is_text(&claims["htm"], "POST")
        && is_here
        && age.is_some_and(|age| age > -61.0 && age < 301.0)
        && is_text(&claims["ath"], HASH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A corpus in which nothing is good would show nothing.
    #[test]
    fn good_seeds_are_accepted_and_no_other() {
        let mut good = 0;
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/proof");
        for seed in std::fs::read_dir(corpus).unwrap() {
            let path = seed.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let signed = text
                .split_once('\n')
                .map(|(header, claims)| keys::signed(header.as_bytes(), claims.as_bytes()));
            let is_accepted = signed.is_some_and(|proof| checked(&proof, "POST", HERE, TOKEN, 0).is_some());
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(is_accepted, name.starts_with("good"), "{name}");
            good += usize::from(is_accepted);
        }
        assert!(good >= 7, "{good}");
    }
}
