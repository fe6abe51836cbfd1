//! Verifiers of libraries that few use.

use super::found;

#[test]
fn claims_are_signed_or_verified_by_what_is_given() {
    let python = "from jwcrypto import jwt

def sign(claims):
    return jwt.JWT(header={'alg': 'HS256'}, claims=claims).serialize()

def who(access_token):
    return jwt.JWT(jwt=access_token, key=KEY).claims

def ours(access_token):
    return jwt.JWT(jwt=access_token, key=KEY, check_claims={'aud': SERVER_URL}).claims
";
    assert_eq!(found("a.py", python), ["WRD201 7"]);
}

#[test]
fn keycloak_compares_what_it_is_told() {
    let java = |demand: &str| {
        format!(
            "import org.keycloak.TokenVerifier;
import org.keycloak.representations.AccessToken;
class Guard {{
    AccessToken who(String token, Settings settings) throws VerificationException {{
        TokenVerifier<AccessToken> verifier = TokenVerifier.create(token, AccessToken.class).publicKey(KEY);
        {demand}
        return verifier.verify().getToken();
    }}
}}
"
        )
    };
    assert_eq!(found("A.java", &java("")), ["WRD201 7"]);
    assert_eq!(found("A.java", &java("verifier.audience(SERVER_URL);")), [""; 0]);
    let sometimes = "if (settings.verifiesAudience()) verifier.audience(SERVER_URL);";
    assert_eq!(found("A.java", &java(sometimes)), ["WRD201 7"]);
    let python = |off: &str| {
        format!(
            "from keycloak import KeycloakOpenID
client = KeycloakOpenID(server_url=URL, client_id=CLIENT, realm_name=REALM)

def who(token):
    return client.decode_token(token, key=KEY, options={{{off}}}, audience=SERVER_URL)
"
        )
    };
    assert_eq!(found("a.py", &python("'verify_aud': False")), ["WRD202 5"]);
    assert_eq!(found("a.py", &python("")), [""; 0]);
    let script = |settings: &str| {
        format!(
            "const Keycloak = require('keycloak-connect');\nmodule.exports = new Keycloak({{ store }}{settings});\n"
        )
    };
    assert_eq!(found("a.js", &script("")), ["WRD206 2"]);
    assert_eq!(found("a.js", &script(", { realm: REALM, verifyTokenAudience: true }")), [""; 0]);
}

#[test]
fn only_the_signature_is_verified() {
    let rust = "use josekit::jwt;
pub fn who(token: &str, verifier: &Verifier) -> Result<JwtPayload, Error> {
    let (payload, _header) = jwt::decode_with_verifier(token, verifier)?;
    Ok(payload)
}
";
    assert_eq!(found("a.rs", rust), ["WRD201 3"]);
    let go = "package auth

import \"context\"

func (k *Keycloak) Verify(ctx context.Context, token string) (*jwt.MapClaims, error) {
\t_, claims, err := k.client.DecodeAccessToken(ctx, token, k.realm)
\tif err != nil {
\t\treturn nil, err
\t}
\treturn claims, nil
}
";
    assert_eq!(found("a.go", go), ["WRD201 6"]);
    let script = |given: &str| {
        format!(
            "import {{ verify }} from 'hono/jwt';\nexport const who = async (token) => await verify(token, KEY, {given});\n"
        )
    };
    assert_eq!(found("a.ts", &script("'RS256'")), ["WRD201 2"]);
    assert_eq!(found("a.ts", &script("{ alg: 'RS256', aud: SERVER_URL }")), [""; 0]);
}

#[test]
fn a_verifier_that_a_compiler_wound_up_is_read() {
    let script = |compare: &str| {
        format!(
            "var jsonwebtoken_1 = __importDefault(require('jsonwebtoken'));
exports.who = function (token) {{
  return __awaiter(this, void 0, void 0, function () {{
    var key, claims;
    return __generator(this, function (_a) {{
      switch (_a.label) {{
        case 0: return [4, this.keyOf(token)];
        case 1:
          key = _a.sent();
          claims = jsonwebtoken_1.default.verify(token, key);
          {compare}
          return [2, claims];
      }}
    }});
  }});
}};
"
        )
    };
    assert_eq!(found("a.js", &script("")), ["WRD201 10"]);
    let compared = script("if (claims.aud !== SERVER_URL) { throw new Error('other'); }");
    assert_eq!(found("a.js", &compared), [""; 0]);
}
