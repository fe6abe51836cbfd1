//! Verifiers that ask an issuer, and those of libraries.

use super::found;
use crate::look::look;

#[test]
fn an_issuer_is_asked_once_and_a_client_of_it_is_nobody_who_asks() {
    let python = |name: &str| {
        format!(
            "import httpx

async def {name}(self, token) -> AccessToken | None:
    async with httpx.AsyncClient(timeout=10) as client:
        info = await client.get(INFO, headers={{'X-Token': token}})
        more = await client.get(USER, headers={{'Authorization': f'Bearer {{token}}'}})
    return AccessToken(token=token, scopes=info.json()['scope'], client_id=more.json()['id'])
"
        )
    };
    assert_eq!(found("a.py", &python("verify_token")), ["WRD206 5"]);
    assert_eq!(found("a.py", &python("refresh_token")), [""; 0]);
}

#[test]
fn what_is_called_like_one_that_asks_about_a_token_asks() {
    let python = |rest: &str| {
        format!(
            "from mcp.server.auth.provider import AccessToken, TokenVerifier
from .google import get_user_info

class Verifier(TokenVerifier):
    async def verify_token(self, token):
        user = await run(get_user_info, Credentials(token=token))
        {rest}
        return AccessToken(token=token, client_id=user['id'], scopes=[])
"
        )
    };
    assert_eq!(found("a.py", &python("")), ["WRD206 6"]);
    assert_eq!(found("a.py", &python("check_audience(user, SERVER_URL)")), [""; 0]);
}

#[test]
fn a_library_may_make_its_own_guards() {
    let guard = "class JWTVerifier:
    def __init__(self, *, jwks_uri, issuer, audience=None):
        self.audience = audience
";
    let provider = |audience: &str| {
        format!(
            "from fastmcp.server.auth.providers.jwt import JWTVerifier

def provider(settings):
    return JWTVerifier(jwks_uri=settings.keys, issuer=settings.issuer{audience})
"
        )
    };
    let found = |audience: &str| {
        let files = vec![
            ("src/fastmcp/server/auth/providers/jwt.py".into(), guard.to_owned()),
            ("src/fastmcp/server/auth/providers/some.py".into(), provider(audience)),
        ];
        look(files).findings.iter().filter(|finding| finding.rule.id == "WRD206").count()
    };
    assert_eq!(found(""), 1);
    assert_eq!(found(", audience=settings.server_url"), 0);
}

#[test]
fn a_file_that_is_named_as_one_of_tests_gives_what_it_likes() {
    let guard = "import jwt\n\ndef who(token, audience):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=audience)\n";
    let serve = "from guard import who\n\ndef serve(token):\n    return who(token, SERVER_URL)\n";
    let without = "from guard import who\n\ndef some(token):\n    return who(token, None)\n";
    let found = |name: &str| {
        let files = [("guard.py", guard), ("serve.py", serve), (name, without)];
        let files = files.into_iter().map(|(name, text)| (name.into(), text.to_owned())).collect();
        look(files).findings.len()
    };
    assert_eq!(found("other.py"), 1);
    assert_eq!(found("guard_tests.py"), 0);
    assert_eq!(found("guard_test.py"), 0);
}
