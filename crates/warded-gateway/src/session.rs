//! Whose session is it? Session ids of the server behind, sealed for the one caller that they were given to.
//!
//! A caller never sees the id of the server behind. What it sees opens only together with the subject, client,
//! server and issuer of the token that it was sealed under (of one that names neither subject nor client: with that very
//! token), so a session id that leaks, is guessed or is carried
//! from one server to another is of no use (MCP, Security Best Practices: Session Hijacking).

mod opened;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{Entry, OccupiedEntry},
};
use warded_core::{Refusal, VerifiedToken, jose::base64url};
use zeroize::Zeroizing;

use self::opened::Opened;
use crate::resume::EventKey;

/// The header that carries a session id.
pub(crate) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Longest session id of a server behind, in bytes.
const MAX_ID: usize = 1024;
/// Longest sealed id: nonce, id and tag in base64url.
const MAX_SEALED: usize = (NONCE_LEN + MAX_ID + 16).div_ceil(3) * 4;
/// What the sealed bytes are for; a key that also served another purpose would not open them there.
const PURPOSE: &[u8] = b"warded session id 1";

/// The key that session ids are sealed with. It lives in the store, so sessions outlive a restart and are known on
/// every node. The ids of events are sealed with one that comes out of it.
pub struct SessionSeal {
    sessions: RandomizedNonceKey,
    events: EventKey,
    opened: Opened,
}

impl std::fmt::Debug for SessionSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionSeal")
    }
}

/// 32 bytes were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key that seals sessions is not 32 bytes long")]
#[non_exhaustive]
pub struct InvalidSeal;

impl SessionSeal {
    /// Takes 32 random bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidSeal> {
        let sessions = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| InvalidSeal)?;
        let events = EventKey::of(bytes).ok_or(InvalidSeal)?;
        Ok(Self { sessions, events, opened: Opened::new() })
    }

    pub(crate) fn events(&self) -> &EventKey {
        &self.events
    }

    /// What the caller gets to see in place of the id of the server behind; none where that is no session id.
    pub(crate) fn seal(&self, id: &HeaderValue, owner: &Owner<'_>) -> Option<HeaderValue> {
        if !is_session_id(id.as_bytes()) {
            return None;
        }
        let mut bytes = id.as_bytes().to_vec();
        let nonce = self.sessions.seal_in_place_append_tag(Aad::from(&*owner.written()), &mut bytes).ok()?;
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        HeaderValue::from_str(&base64url::encode(sealed)).ok()
    }

    /// The id of the server behind, where this caller was given it.
    pub(crate) fn open(&self, sealed: &HeaderValue, owner: &Owner<'_>) -> Result<HeaderValue, Refusal> {
        self.opened(sealed, owner).ok_or(Refusal::SessionUnknown)
    }

    fn opened(&self, sealed: &HeaderValue, owner: &Owner<'_>) -> Option<HeaderValue> {
        if let Some(id) = self.opened.find(sealed, owner) {
            return Some(id);
        }
        let text = sealed.to_str().ok().filter(|text| text.len() <= MAX_SEALED)?;
        let mut bytes = base64url::decode(text)?;
        let (nonce, ciphertext) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let owner = owner.written();
        let id = self.sessions.open_in_place(nonce, Aad::from(&*owner), ciphertext).ok()?;
        let mut id = HeaderValue::from_bytes(id).ok()?;
        // It is the caller's handle to everything that the server behind keeps for it.
        id.set_sensitive(true);
        self.opened.keep(sealed, owner, &id);
        Some(id)
    }
}

/// MCP: visible ASCII only.
fn is_session_id(id: &[u8]) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// To whom a session belongs: subject, client, server and issuer. Of a token that names neither subject nor client nobody can
/// say whose it is: it is an owner itself.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'o> {
    user: User<'o>,
    client: Option<&'o str>,
    server: &'o str,
    issuer: &'o str,
}

/// Whoever a token is used for.
#[derive(Clone, Copy)]
enum User<'o> {
    Nobody,
    Subject(&'o str),
    /// That very token: two of them may be two people's.
    Token([u8; 32]),
}

impl<'o> Owner<'o> {
    pub(crate) fn of(token: &'o VerifiedToken, server: &'o str) -> Self {
        let claims = token.claims();
        let user = User::of(claims.subject(), claims.client(), token.digest().sha256());
        Self { user, client: claims.client(), server, issuer: token.issuer().as_str() }
    }

    /// The one in whose name the owner calls, through whichever client: clients can be registered at will, subjects
    /// cannot.
    pub(crate) fn person(token: &'o VerifiedToken, server: &'o str) -> Self {
        let owner = Self::of(token, server);
        Self { client: owner.client.filter(|_| token.claims().subject().is_none()), ..owner }
    }

    #[cfg(test)]
    pub(crate) fn new(
        subject: Option<&'o str>,
        client: Option<&'o str>,
        server: &'o str,
        issuer: &'o str,
    ) -> Self {
        Self { user: User::of(subject, client, &[0; 32]), client, server, issuer }
    }

    /// What it is made of: each part with its kind. A token without a client is not one of the client "".
    fn parts(&self) -> [(u8, &[u8]); 4] {
        let user: (u8, &[u8]) = match &self.user {
            User::Nobody => (0, &[]),
            User::Subject(subject) => (1, subject.as_bytes()),
            User::Token(digest) => (2, digest),
        };
        let client: (u8, &[u8]) = self.client.map_or((0, &[]), |client| (1, client.as_bytes()));
        [user, client, (1, self.server.as_bytes()), (1, self.issuer.as_bytes())]
    }

    /// Each part with its length, so that no two owners are written alike, and none is the beginning of another.
    pub(crate) fn written(&self) -> Zeroizing<Vec<u8>> {
        let parts = self.parts();
        let length = parts.iter().map(|(_, part)| HEAD + part.len()).sum::<usize>();
        // In one piece: what is grown leaves copies behind that nobody wipes.
        let mut bytes = Zeroizing::new(Vec::with_capacity(PURPOSE.len() + length));
        bytes.extend_from_slice(PURPOSE);
        for (kind, part) in parts {
            bytes.extend(head(kind, part));
            bytes.extend_from_slice(part);
        }
        bytes
    }

    /// Whether it is written like this.
    fn is_written(&self, bytes: &[u8]) -> bool {
        let rest = self.parts().into_iter().try_fold(bytes.strip_prefix(PURPOSE), |rest, (kind, part)| {
            let rest = rest?.strip_prefix(&head(kind, part))?;
            Some(rest.strip_prefix(part))
        });
        rest.flatten().is_some_and(<[u8]>::is_empty)
    }

    /// The same owner in few bytes, to be found by.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.written());
        digest.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
        digest
    }
}

/// A kind and a length.
const HEAD: usize = 1 + size_of::<u64>();

fn head(kind: u8, part: &[u8]) -> [u8; HEAD] {
    let [a, b, c, d, e, f, g, h] = u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes();
    [kind, a, b, c, d, e, f, g, h]
}

impl<'o> User<'o> {
    fn of(subject: Option<&'o str>, client: Option<&str>, digest: &[u8; 32]) -> Self {
        match (subject, client) {
            (Some(subject), _) => Self::Subject(subject),
            (None, Some(_)) => Self::Nobody,
            (None, None) => Self::Token(*digest),
        }
    }
}

/// The one session id of a request or an answer, where it stands.
pub(crate) fn one(headers: &mut HeaderMap) -> Result<Option<OccupiedEntry<'_, HeaderValue>>, Refusal> {
    let Entry::Occupied(found) = headers.entry(&SESSION_ID) else {
        return Ok(None);
    };
    if found.iter().nth(1).is_some() {
        return Err(Refusal::HeaderDisagrees { header: "Mcp-Session-Id" });
    }
    Ok(Some(found))
}

/// The same, taken out.
pub(crate) fn take(headers: &mut HeaderMap) -> Result<Option<HeaderValue>, Refusal> {
    Ok(one(headers)?.map(OccupiedEntry::remove))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> SessionSeal {
        SessionSeal::new(&[7; 32]).unwrap()
    }

    fn owner() -> Owner<'static> {
        Owner::new(Some("alice"), Some("app"), "notes", "https://login.example.com")
    }

    fn id(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn the_caller_that_got_an_id_opens_it_and_does_not_see_it() {
        let sealed = seal().seal(&id("upstream-1"), &owner()).unwrap();
        assert!(is_session_id(sealed.as_bytes()) && sealed.as_bytes().len() < 64, "{sealed:?}");
        assert!(!sealed.to_str().unwrap().contains("upstream"));
        assert_eq!(seal().open(&sealed, &owner()).unwrap(), "upstream-1");
        assert_ne!(sealed, seal().seal(&id("upstream-1"), &owner()).unwrap(), "each is sealed anew");
        assert_eq!(format!("{:?}", seal().open(&sealed, &owner()).unwrap()), "Sensitive");
    }

    #[test]
    fn nobody_else_opens_it() {
        let sealed = seal().seal(&id("upstream-1"), &owner()).unwrap();
        let issuer = "https://login.example.com";
        for other in [
            Owner::new(Some("bob"), Some("app"), "notes", issuer),
            Owner::new(Some("alice"), Some("other"), "notes", issuer),
            Owner::new(Some("alice"), Some("app"), "files", issuer),
            Owner::new(Some("alice"), Some("app"), "notes", "https://login.example.org"),
            Owner::new(None, Some("app"), "notes", issuer),
            Owner::new(Some("alice"), None, "notes", issuer),
            Owner::new(Some(""), Some("app"), "notes", issuer),
            // The same letters, cut elsewhere.
            Owner::new(Some("alicea"), Some("pp"), "notes", issuer),
            Owner::new(Some("app"), Some("alice"), "notes", issuer),
        ] {
            assert_eq!(seal().open(&sealed, &other), Err(Refusal::SessionUnknown));
        }
        let other = SessionSeal::new(&[8; 32]).unwrap();
        assert_eq!(other.open(&sealed, &owner()), Err(Refusal::SessionUnknown));
    }

    /// The attack: what somebody opened a moment ago is remembered, and somebody else brings it.
    #[test]
    fn that_it_was_opened_a_moment_ago_helps_nobody_else() {
        let seal = seal();
        let sealed = seal.seal(&id("upstream-1"), &owner()).unwrap();
        for _ in 0..2 {
            assert_eq!(seal.open(&sealed, &owner()).unwrap(), "upstream-1");
            assert_eq!(format!("{:?}", seal.open(&sealed, &owner()).unwrap()), "Sensitive");
            for other in [
                Owner { user: User::Subject("bob"), ..owner() },
                Owner { user: User::Nobody, ..owner() },
                Owner { client: Some("other"), ..owner() },
                Owner { client: None, ..owner() },
                Owner { server: "files", ..owner() },
                Owner { issuer: "https://login.example.org", ..owner() },
            ] {
                assert_eq!(seal.open(&sealed, &other), Err(Refusal::SessionUnknown));
            }
            let mut changed = sealed.as_bytes().to_vec();
            *changed.last_mut().unwrap() ^= 1;
            assert!(seal.open(&HeaderValue::from_bytes(&changed).unwrap(), &owner()).is_err());
        }
    }

    #[test]
    fn an_owner_is_what_is_written_of_it_and_nothing_else() {
        let owners = [
            owner(),
            Owner { user: User::Nobody, ..owner() },
            Owner { user: User::Subject(""), ..owner() },
            Owner { user: User::Token([b'a'; 32]), ..owner() },
            Owner { client: None, ..owner() },
            Owner { client: Some(""), ..owner() },
            // The same letters, cut elsewhere.
            Owner { user: User::Subject("alicea"), client: Some("pp"), ..owner() },
        ];
        for (one, other) in owners.iter().flat_map(|one| owners.iter().map(move |other| (one, other))) {
            let written = other.written();
            assert_eq!(one.is_written(&written), std::ptr::eq(one, other));
            for end in 0..written.len() {
                assert!(!one.is_written(&written[..end]));
            }
            assert!(!one.is_written(&[&written[..], b"x"].concat()));
        }
    }

    #[test]
    fn tokens_that_name_nobody_are_not_one_caller() {
        fn owner<'o>(subject: Option<&'o str>, client: Option<&'o str>, digest: &[u8; 32]) -> Owner<'o> {
            let user = User::of(subject, client, digest);
            Owner { user, client, server: "notes", issuer: "https://login.example.com" }
        }
        let sealed = seal().seal(&id("upstream-1"), &owner(None, None, &[1; 32])).unwrap();
        assert!(seal().open(&sealed, &owner(None, None, &[1; 32])).is_ok());
        for other in [owner(None, None, &[2; 32]), owner(None, Some(""), &[1; 32])] {
            assert_eq!(seal().open(&sealed, &other), Err(Refusal::SessionUnknown));
        }
        let text = "a".repeat(32);
        let sealed =
            seal().seal(&id("upstream-1"), &owner(None, None, text.as_bytes().try_into().unwrap())).unwrap();
        let other = owner(Some(&text), None, &[1; 32]);
        assert_eq!(seal().open(&sealed, &other), Err(Refusal::SessionUnknown), "no subject is a token");
        for (subject, client) in [(Some("alice"), None), (None, Some("app"))] {
            let (one, two) = (owner(subject, client, &[1; 32]), owner(subject, client, &[2; 32]));
            assert_eq!(one.digest(), two.digest(), "the next token goes on with the session");
        }
    }

    #[test]
    fn what_was_not_given_out_is_not_opened() {
        let sealed = seal().seal(&id("upstream-1"), &owner()).unwrap();
        let text = sealed.to_str().unwrap();
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = HeaderValue::from_bytes(&changed).unwrap();
            assert_eq!(seal().open(&changed, &owner()), Err(Refusal::SessionUnknown), "{at}");
        }
        let long = "A".repeat(MAX_SEALED + 4);
        let (cut, _) = text.split_at(text.len() - 1);
        for forged in ["", "upstream-1", "AAAA", cut, &format!("{text}="), &long] {
            assert_eq!(seal().open(&id(forged), &owner()), Err(Refusal::SessionUnknown), "{forged}");
        }
        let bytes = HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        assert_eq!(seal().open(&bytes, &owner()), Err(Refusal::SessionUnknown));
    }

    #[test]
    fn an_id_that_is_none_is_not_passed_on() {
        let longest = "x".repeat(MAX_ID);
        let sealed = seal().seal(&id(&longest), &owner()).unwrap();
        assert_eq!(seal().open(&sealed, &owner()).unwrap(), longest);
        for bad in ["", "a b", "a\tb", &format!("{longest}x")] {
            assert!(seal().seal(&id(bad), &owner()).is_none(), "{bad}");
        }
    }

    #[test]
    fn two_session_ids_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(take(&mut headers), Ok(None));
        headers.append(&SESSION_ID, id("a"));
        assert_eq!(take(&mut headers), Ok(Some(id("a"))));
        assert!(headers.is_empty());
        headers.append(&SESSION_ID, id("a"));
        headers.append(&SESSION_ID, id("a"));
        assert_eq!(take(&mut headers), Err(Refusal::HeaderDisagrees { header: "Mcp-Session-Id" }));
    }

    #[test]
    fn a_seal_needs_its_whole_key() {
        assert_eq!(SessionSeal::new(&[7; 16]).unwrap_err(), InvalidSeal);
        assert_eq!(format!("{:?}", seal()), "SessionSeal");
    }
}
