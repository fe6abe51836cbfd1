//! Audiences that are compared by hand, and what is told to whatever compares them.

use super::found;

#[test]
fn what_a_verifier_compares_only_where_it_was_told_to_is_told_at_both_places() {
    let verifier = |asks: &str, compares: &str| {
        format!(
            "from joserfc import jwt

class Verifier(TokenVerifier):
    def __init__(self, audience=None):
        self.audience = audience

    async def verify_token(self, token):
        claims = jwt.decode(token, KEY)
        {asks}
            {compares}
                return None
        return claims
"
        )
    };
    let told = verifier("if self.audience:", "if claims.get('aud') != self.audience:");
    assert_eq!(found("a.py", &told), ["WRD201 8", "WRD206 10"]);
    let always = verifier("if claims:", "if not (set(claims.get('aud')) & set(self.audience)):");
    assert_eq!(found("a.py", &always.replace("if claims:", "if True:")), [""; 0]);
}

#[test]
fn a_token_that_somebody_else_verified_is_compared_here() {
    let script = |compares: &str| {
        format!(
            "export function requireBearerAuth({{ verifier, resource }}) {{
  return async (req, res, next) => {{
    const authInfo = await verifier.verifyAccessToken(req.token);
    {compares}
    req.auth = authInfo;
    next();
  }};
}}
"
        )
    };
    let set = "if (resource) { if (authInfo.audience !== resource) throw new Error('other'); }";
    assert_eq!(found("bearer.js", &script(set)), ["WRD206 4"]);
    let always = "if (authInfo.audience !== SERVER_URL) throw new Error('other');";
    assert_eq!(found("bearer.js", &script(always)), [""; 0]);
    let absent = "if (authInfo.audience && authInfo.audience !== SERVER_URL) throw new Error('other');";
    assert_eq!(found("bearer.js", &script(absent)), ["WRD203 4"]);
    let part = "if (!authInfo.audience.some((one) => one.startsWith(SERVER))) throw new Error('other');";
    assert_eq!(found("bearer.js", &script(part)), ["WRD205 4"]);
    // A client that keeps tokens lets nobody in.
    let cache = "export const load = (audience, token) => {
  if (audience && token.audience !== audience) throw new Error('other');
  return token;
};
";
    assert_eq!(found("cache.js", cache), [""; 0]);
}

#[test]
fn an_audience_that_was_put_into_a_list_is_in_there() {
    let java = |asks: &str| {
        format!(
            "package a;
class TokenValidator {{
    private final String audience;
    void validate(JsonNode token) {{
        ArrayList<String> all = new ArrayList<>();
        for (JsonNode one : token.get(\"aud\")) {{
            all.add(one.asText());
        }}
        if ({asks}!all.contains(audience)) {{
            throw new IllegalArgumentException();
        }}
    }}
}}
"
        )
    };
    assert_eq!(found("A.java", &java("audience != null && ")), ["WRD201 9"]);
    let answer = java("audience != null && ").replace("token", "response");
    assert_eq!(found("A.java", &answer), ["WRD201 9"]);
    // Whoever logs in is no caller with a token.
    let login = java("audience != null && ").replace("token", "idToken");
    assert_eq!(found("A.java", &login), [""; 0]);
    assert_eq!(found("A.java", &java("")), [""; 0]);
}

#[test]
fn what_a_loop_does_is_no_question_whether_an_audience_is_set() {
    let java = |asks: &str| {
        format!(
            "class AudienceValidator {{
    boolean validate(Token token) {{
        for (String trusted : clients) {{
            if ({asks}token.getAudiences().contains(trusted)) {{
                return true;
            }}
        }}
        return false;
    }}
}}
"
        )
    };
    assert_eq!(found("A.java", &java("")), [""; 0]);
    assert_eq!(found("A.java", &java("audience != null && ")), ["WRD201 4"]);
}

#[test]
fn an_error_that_is_handed_on_in_rust_refuses() {
    let rust = |asks: &str| {
        format!(
            "use jsonwebtoken::{{Validation, decode}};

fn check(aud: &Value, expected: &[String]) -> Result<(), Error> {{
    let matches = match aud {{
        Value::String(one) => expected.iter().any(|known| known == one),
        _ => false,
    }};
    if matches {{ Ok(()) }} else {{ Err(Error::Audience) }}
}}

fn who(token: &str, provider: Provider) -> Result<Claims, Error> {{
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, &key(), &validation)?.claims;
    {asks} {{
        check(&claims.aud, &provider.audiences).map_err(other)?;
    }}
    Ok(claims)
}}
"
        )
    };
    assert_eq!(found("a.rs", &rust("")), [""; 0]);
    assert_eq!(found("a.rs", &rust("if !provider.audiences.is_empty()")), ["WRD202 14"]);
}

#[test]
fn a_verifier_may_be_told_an_audience_that_every_server_has() {
    let rust = |audience: &str| {
        format!(
            "use oidc_validator::{{ValidationSettings, Validator}};

fn made() -> Validator {{
    let mut settings = ValidationSettings::new();
    settings.set_audience(&[{audience}]);
    Validator::new(settings)
}}
"
        )
    };
    assert_eq!(found("a.rs", &rust("\"account\"")), ["WRD205 5"]);
    assert_eq!(found("a.rs", &rust("\"https://mcp.example\"")), [""; 0]);
}

#[test]
fn who_signed_a_token_may_be_verified_by_hand() {
    let python = |signature: &str, compares: &str| {
        format!(
            "from jose import jwk, jwt
from jose.utils import base64url_decode

def decode(token, keys, client_id=None):
    message, encoded = token.rsplit('.', 1)
    signature = base64url_decode(encoded.encode())
    {signature}
    claims = jwt.get_unverified_claims(token)
    {compares}
    return claims
"
        )
    };
    let verified =
        "if not jwk.construct(keys[0]).verify(message.encode(), signature): raise ValueError('signature')";
    assert_eq!(found("a.py", &python(verified, "")), ["WRD201 8"]);
    let compared = "if claims['aud'] != SERVER_URL: raise ValueError('aud')";
    assert_eq!(found("a.py", &python(verified, compared)), [""; 0]);
    assert_eq!(found("a.py", &python("", "")), [""; 0]);
}

#[test]
fn whoever_lets_in_a_client_instead_is_told_so_once() {
    let python = |asks: &str| {
        format!(
            "import jwt

def who(token):
    claims = jwt.decode(token, KEY, algorithms=['RS256'], options={{'verify_aud': False}})
    if claims['aud'] != SERVER_URL{asks}:
        raise PermissionError
    return claims
"
        )
    };
    assert_eq!(found("a.py", &python(" and claims['azp'] != CLIENT")), ["WRD205 5"]);
    assert_eq!(found("a.py", &python("")), [""; 0]);
}

#[test]
fn a_logout_token_lets_nobody_in() {
    let python = |name: &str| {
        format!(
            "import jwt

def {name}(self, sent):
    return jwt.decode(sent, KEY, algorithms=['RS256'])
"
        )
    };
    assert_eq!(found("a.py", &python("handle_backchannel")), [""; 0]);
    assert_eq!(found("a.py", &python("handle")), ["WRD201 4"]);
}

#[test]
fn an_audience_that_may_be_an_expression_is_asked_where_it_is_set() {
    let script = |asked: &str, test: &str| {
        format!(
            "export const verify = async (token, key, {{ aud }}) => {{
  const {{ payload }} = decode(token);
  if ({asked}) {{
    if (!payload.aud) throw new Error('none');
    if (![].concat(payload.aud).some((one) => aud instanceof RegExp ? {test} : one === aud)) throw new Error('other');
  }}
  if (!await isSigned(key, token)) throw new Error('signature');
  return payload;
}};
"
        )
    };
    assert_eq!(found("a.js", &script("aud", "aud.test(one)")), ["WRD206 5"]);
    assert_eq!(found("a.js", &script("isFraud", "aud.test(one)")), [""; 0]);
    assert_eq!(found("a.js", &script("isFraud", "/^https/.test(one)")), ["WRD205 5"]);
}
