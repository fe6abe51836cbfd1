//! Audiences that are compared wrongly: nothing comes of it, too little is compared, or whoever names none passes.

use super::found;

#[test]
fn what_is_asked_of_a_token_is_no_setting() {
    let text = r#"package auth

func (v *Validator) validateAudience(claims *Claims) error {
	if len(claims.Audience) == 0 {
		return errors.New("no audience")
	}
	for _, aud := range claims.Audience {
		if aud == v.audience {
			return nil
		}
	}
	return errors.New("invalid audience")
}
"#;
    assert_eq!(found("auth.go", text), [""; 0]);
    let text = r#"def validate_claims(claims, audience):
    if "aud" not in claims:
        raise InvalidToken("aud")
    aud = claims["aud"]
    if isinstance(aud, str):
        aud = [aud]
    if audience not in aud:
        raise InvalidToken("aud")
"#;
    assert_eq!(found("auth.py", text), [""; 0]);
    let text = r#"package verifier

func (j *JwtVerifier) validateAudience(audience interface{}) error {
	switch v := audience.(type) {
	case string:
		if v != j.ClaimsToValidate["aud"] {
			return fmt.Errorf("aud: %s does not match %s", v, j.ClaimsToValidate["aud"])
		}
	case []string:
		for _, element := range v {
			if element == j.ClaimsToValidate["aud"] {
				return nil
			}
		}
		return fmt.Errorf("aud: %s does not match %s", v, j.ClaimsToValidate["aud"])
	case []interface{}:
		for _, e := range v {
			element, ok := e.(string)
			if !ok {
				return fmt.Errorf("unknown type for audience validation")
			}
			if element == j.ClaimsToValidate["aud"] {
				return nil
			}
		}
		return fmt.Errorf("aud: %s does not match %s", v, j.ClaimsToValidate["aud"])
	default:
		return fmt.Errorf("unknown type for audience validation")
	}
	return nil
}
"#;
    assert_eq!(found("verifier.go", text), [""; 0]);
    let text = r#"def validate_claims(claims, audience):
    required = ["exp", "iss"]
    for name in required:
        if name not in claims:
            raise InvalidToken(name)
    if "aud" in claims:
        aud = claims["aud"]
        if isinstance(aud, str):
            aud = [aud]
        if audience not in aud:
            raise InvalidToken("aud")
"#;
    assert_eq!(found("auth.py", text), ["WRD203 10"]);
    let text = r#"package auth

func (v *Validator) validateAudience(claims *Claims) error {
	if len(claims.Audience) == 0 {
		return nil
	}
	for _, aud := range claims.Audience {
		if aud == v.audience {
			return nil
		}
	}
	return errors.New("invalid audience")
}
"#;
    assert_eq!(found("auth.go", text), ["WRD203 8"]);
}

#[test]
fn what_only_writes_down_that_it_failed_lets_everybody_in() {
    let text = r#"import jwt

def verify(token):
    claims = jwt.decode(token, KEY, algorithms=["RS256"], options={"verify_aud": False})
    try:
        if claims.get("aud") != RESOURCE:
            raise InvalidToken("aud")
    except InvalidToken as e:
        logger.warning("ignored: %s", e)
    return claims
"#;
    assert_eq!(found("auth.py", text), ["WRD204 6"]);
    let text = r#"import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class Guard {
    DecodedJWT verify(String token) {
        DecodedJWT jwt = JWT.require(algorithm).withIssuer(ISSUER).build().verify(token);
        try {
            checkAudience(jwt);
        } catch (AudienceException e) {
            log.warn("audience", e);
        }
        return jwt;
    }

    private void checkAudience(DecodedJWT jwt) throws AudienceException {
        if (!jwt.getAudience().contains(RESOURCE)) {
            throw new AudienceException();
        }
    }
}
"#;
    assert_eq!(found("Guard.java", text), ["WRD204 16"]);
    let text = r#"import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class Guard {
    DecodedJWT verify(String token) {
        DecodedJWT jwt = JWT.require(algorithm).withIssuer(ISSUER).build().verify(token);
        try {
            checkAudience(jwt);
        } catch (AudienceException e) {
            log.warn("audience", e);
            throw new SecurityException(e);
        }
        return jwt;
    }

    private void checkAudience(DecodedJWT jwt) throws AudienceException {
        if (!jwt.getAudience().contains(RESOURCE)) {
            throw new AudienceException();
        }
    }
}
"#;
    assert_eq!(found("Guard.java", text), [""; 0]);
}

#[test]
fn whoever_throws_again_or_turns_away_lets_nobody_in() {
    let text = "import { jwtVerify } from 'jose';

export async function verify(token: string) {
  const { payload } = await jwtVerify(token, KEYS);
  try {
    if (payload.aud !== RESOURCE) throw new Error('aud');
  } catch (e) {
    log.warn('audience', e);
    throw e;
  }
  return payload;
}
";
    assert_eq!(found("auth.ts", text), [""; 0]);
    let text = "const jwt = require('jsonwebtoken');

module.exports = (req, res, next) => {
  try {
    const claims = jwt.verify(req.headers.authorization.slice(7), KEY);
    if (claims.aud !== RESOURCE) throw new Error('aud');
    req.user = claims;
    next();
  } catch (e) {
    console.error(e);
    res.status(401).end();
  }
};
";
    assert_eq!(found("auth.js", text), [""; 0]);
    let text = r#"import jwt

def current_user(request):
    try:
        claims = jwt.decode(request.headers["Authorization"][7:], KEY, algorithms=["RS256"], options={"verify_aud": False})
        if claims.get("aud") != RESOURCE:
            raise InvalidToken("aud")
        return claims
    except InvalidToken as e:
        logger.warning("token: %s", e)
    return None
"#;
    assert_eq!(found("auth.py", text), [""; 0]);
    let text = r#"import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class JwtFilter {
    void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain) {
        try {
            DecodedJWT jwt = JWT.require(algorithm).build().verify(request.getHeader("Authorization"));
            if (!jwt.getAudience().contains(RESOURCE)) {
                throw new SecurityException("aud");
            }
            SecurityContextHolder.getContext().setAuthentication(new JwtAuthentication(jwt));
        } catch (SecurityException e) {
            log.warn("token", e);
        }
        chain.doFilter(request, response);
    }
}
"#;
    assert_eq!(found("JwtFilter.java", text), [""; 0]);
}

#[test]
fn an_answer_that_says_no_refuses() {
    let text = "import { jwtVerify } from 'jose';

export async function verify(token: string) {
  const { payload } = await jwtVerify(token, KEYS);
  if (payload.aud !== RESOURCE) {
    return { valid: false, error: 'aud' };
  }
  return { valid: true, payload };
}
";
    assert_eq!(found("auth.ts", text), [""; 0]);
    let text = "const jwt = require('jsonwebtoken');

exports.verify = (token) => {
  const claims = jwt.verify(token, KEY);
  if (claims.aud !== RESOURCE) {
    console.warn('audience mismatch');
  }
  return claims;
};
";
    assert_eq!(found("auth.js", text), ["WRD204 5"]);
    let text = "class AudienceValidator {
    private final String audience;

    Result validate(Jwt token) {
        List<String> audiences = token.getAudience();
        if (audiences == null || audiences.isEmpty()) {
            return Result.failure(error);
        }
        if (audiences.contains(this.audience)) {
            return Result.success();
        }
        return Result.failure(error);
    }
}
";
    assert_eq!(found("AudienceValidator.java", text), [""; 0]);
    let text = "class AudienceValidator {
    private final String audience;

    Result validate(Jwt token) {
        List<String> audiences = token.getAudience();
        if (audiences == null || audiences.isEmpty()) {
            return Result.success();
        }
        if (audiences.contains(this.audience)) {
            return Result.success();
        }
        return Result.failure(error);
    }
}
";
    assert_eq!(found("AudienceValidator.java", text), ["WRD203 9"]);
}

#[test]
fn absence_is_asked_for_in_many_ways() {
    let text = "import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class Guard {
    DecodedJWT who(String token) {
        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);
        if (jwt.getAudience().isEmpty() || !jwt.getAudience().contains(SERVER_URL)) {
            throw new SecurityException();
        }
        return jwt;
    }
}
";
    assert_eq!(found("Guard.java", text), [""; 0]);
    let text = "import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.DecodedJWT;

class Guard {
    DecodedJWT who(String token) {
        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);
        if (!jwt.getAudience().isEmpty() && !jwt.getAudience().contains(SERVER_URL)) {
            throw new SecurityException();
        }
        return jwt;
    }
}
";
    assert_eq!(found("Guard.java", text), ["WRD203 7"]);
    let text = "pub fn check_audience(claims: &Claims, expected: &String) -> Result<(), AuthError> {
    if claims.aud.is_none() {
        return Ok(());
    }
    if claims.aud.as_ref().unwrap().contains(expected) {
        return Ok(());
    }
    Err(AuthError::WrongAudience)
}
";
    assert_eq!(found("auth.rs", text), ["WRD203 5"]);
    let text = "pub fn check_audience(claims: &Claims, expected: &String) -> Result<(), AuthError> {
    if claims.aud.is_none() {
        return Err(AuthError::MissingAudience);
    }
    if claims.aud.as_ref().unwrap().contains(expected) {
        return Ok(());
    }
    Err(AuthError::WrongAudience)
}
";
    assert_eq!(found("auth.rs", text), [""; 0]);
    let text = "pub fn validate_audience(claims: &TokenClaims, expected: &String) -> Result<(), AuthError> {
    match &claims.aud {
        None => Ok(()),
        Some(aud) if aud.contains(expected) => Ok(()),
        Some(_) => Err(AuthError::WrongAudience),
    }
}
";
    assert_eq!(found("auth.rs", text), ["WRD203 4"]);
    let text = "pub fn verify(payload: &Payload, expected: &str) -> Result<(), OAuthError> {
        match &payload.aud {
            Some(aud) if !aud.contains(expected) => return Err(OAuthError::AudienceMismatch),
            _ => {}
        }
    Ok(())
}
";
    assert_eq!(found("auth.rs", text), ["WRD203 3"]);
    let text = "class Validator:
    def validate_bearer_token(self, token, scopes, request):
        access_token = self._load_access_token(token)
        if access_token and access_token.is_valid(scopes):
            if access_token.resource:
                if not access_token.allows_audience(request.uri):
                    return False
            request.user = access_token.user
            return True
        return False
";
    assert_eq!(found("validator.py", text), ["WRD203 6"]);
    let text = "class Validator:
    def validate_bearer_token(self, token, scopes, request):
        access_token = self._load_access_token(token)
        if access_token and access_token.is_valid(scopes):
            if not access_token.resource:
                return False
            if not access_token.allows_audience(request.uri):
                return False
            request.user = access_token.user
            return True
        return False
";
    assert_eq!(found("validator.py", text), [""; 0]);
}

#[test]
fn only_the_host_or_only_the_client_is_too_little() {
    let text = "package provisioner

func matchesAudience(claims *Claims, bs []string) bool {
	for _, b := range bs {
		for _, a := range claims.Audience {
			if b == a || stripPort(a) == stripPort(b) {
				return true
			}
		}
	}
	return false
}

func stripPort(rawurl string) string {
	u, err := url.Parse(rawurl)
	if err != nil {
		return rawurl
	}
	u.Host = u.Hostname()
	return u.String()
}
";
    assert_eq!(found("match_audience.go", text), ["WRD205 6"]);
    let text = "export function validateAudience(payload: JWTPayload, server: string): boolean {
  return new URL(payload.aud as string).host === new URL(server).host;
}
";
    assert_eq!(found("auth.ts", text), ["WRD205 2"]);
    let text = "export function validateAudience(payload: JWTPayload, server: string): boolean {
  return new URL(payload.aud as string).href === new URL(server).href;
}
";
    assert_eq!(found("auth.ts", text), [""; 0]);
    let text = r"export function validateAudience(payload: JWTPayload, server: string): boolean {
  return (payload.aud as string).replace(/\/$/, '') === server.replace(/\/$/, '');
}
";
    assert_eq!(found("auth.ts", text), [""; 0]);
    let text = "package auth

func (v *Validator) checkAudience(claims *Claims) error {
	for _, aud := range claims.Audience {
		if strings.EqualFold(aud, v.audience) {
			return nil
		}
	}
	return errAudience
}
";
    assert_eq!(found("auth.go", text), [""; 0]);
    let text = "export function validateAudience(claims: Claims, clientId: string): boolean {
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  return audiences.includes(clientId) || claims.azp === clientId || claims.client_id === clientId;
}
";
    assert_eq!(found("auth.ts", text), ["WRD205 3", "WRD205 3"]);
    let text = r#"import jwt

def verify(token):
    claims = jwt.decode(token, KEY, algorithms=["RS256"], audience=RESOURCE)
    if claims.get("azp") not in ALLOWED_CLIENTS:
        raise InvalidToken("azp")
    return claims
"#;
    assert_eq!(found("auth.py", text), [""; 0]);
}

#[test]
fn a_place_in_a_list_is_a_place_in_it() {
    let text = "const jwt = require('jsonwebtoken');
exports.who = (token) => {
  const claims = jwt.verify(token, KEY);
  const list = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (list.indexOf(RESOURCE) === -1) throw new Error('aud');
  return claims;
};
";
    assert_eq!(found("auth.js", text), [""; 0]);
    let text = "const jwt = require('jsonwebtoken');
exports.who = (token) => {
  const claims = jwt.verify(token, KEY);
  const list = [].concat(claims.aud);
  if (list.indexOf(RESOURCE) < 0) return null;
  return claims;
};
";
    assert_eq!(found("auth.js", text), [""; 0]);
    let text = "const jwt = require('jsonwebtoken');
exports.who = (token) => {
  const claims = jwt.verify(token, KEY);
  const list = [].concat(claims.aud);
  if (list.indexOf(RESOURCE) > -1) return claims;
  return null;
};
";
    assert_eq!(found("auth.js", text), [""; 0]);
    let text = "function checkAudience(claims, expected) {
  if (claims.aud.indexOf(expected) === -1) {
    throw new Error('aud');
  }
}
module.exports = { checkAudience };
";
    assert_eq!(found("auth.js", text), ["WRD205 2"]);
}

#[test]
fn whoever_asked_for_a_token_himself_lets_nobody_in_with_it() {
    let text = r#"import jwt

def authenticate_with_refresh(self, refresh_token):
    tokens = self.client.refresh(refresh_token)
    claims = jwt.decode(tokens["access_token"], KEY, algorithms=["RS256"], options={"verify_aud": False})
    return Session(claims["sid"])
"#;
    assert_eq!(found("client.py", text), [""; 0]);
    let text = r#"import jwt

class Session:
    def authenticate(self):
        session = unseal(self.session_data, self.cookie_password)
        if not session.get("access_token"):
            return Failed("no session")
        decoded = jwt.decode(session["access_token"], self.key, algorithms=["RS256"], options={"verify_aud": False})
        return Success(decoded["sid"])
"#;
    assert_eq!(found("client.py", text), [""; 0]);
}

#[test]
fn who_a_caller_is_is_asked_by_a_function_called_so() {
    let text = r#"import requests
from rest_framework.authentication import BaseAuthentication

class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request):
        token = request.META["HTTP_AUTHORIZATION"].split()[1]
        return self.authenticate_credentials(token)

    def authenticate_credentials(self, token):
        user_info = self.get_user_info(token)
        return User.objects.get(username=user_info["username"]), token

    def get_user_info(self, token):
        url = self.get_user_info_url()
        response = requests.get(url, headers={"Authorization": f"Bearer {token}"})
        if response.status_code == 200:
            return response.json()
        raise Failed(response.status_code)
"#;
    assert_eq!(found("bearer.py", text), ["WRD206 15"]);
    let text = r#"import requests

class Client:
    def login(self, code):
        tokens = self.fetch_token(code)
        return self.get_user_info(tokens["access_token"])

    def get_user_info(self, token):
        response = requests.get(self.userinfo_url, headers={"Authorization": f"Bearer {token}"})
        return response.json()
"#;
    assert_eq!(found("client.py", text), [""; 0]);
}

#[test]
fn who_a_client_is_and_what_is_called_a_list_are_no_fault() {
    let text = "class ClaimsValidator {
    void validateClaims(JwtClaims claims, String clientId) {
        List<String> audiences = claims.getAudiences();
        if (!isEmpty(audiences) && !audiences.contains(clientId)) {
            throw new Invalid();
        }
    }
}
";
    assert_eq!(found("ClaimsValidator.java", text), [""; 0]);
    assert_eq!(found("ClaimsValidator.java", &text.replace("clientId", "resource")), ["WRD203 4"]);
    let text = "class Validator {
  accepts(token) {
    return token.audiences.includes(this.resource);
  }
}
";
    assert_eq!(found("validator.js", text), [""; 0]);
    assert_eq!(found("validator.js", &text.replace("audiences", "aud")), ["WRD205 3"]);
}

#[test]
fn an_answer_with_claims_in_it_refuses_nobody() {
    let script = |gives: &str| {
        format!(
            "const jwt = require('jsonwebtoken');\nexports.who = (token) => {{\n  const claims = jwt.verify(token, KEY);\n  return {gives};\n}};\n"
        )
    };
    let told = ["WRD201 3"];
    for gives in [
        "{ claims, isAdmin: false, allowed: false }",
        "{ valid: true, error: 'none', claims }",
        "{ valid: true, error: 'none', user: claims.sub }",
        "{ claims, error: 'none' }",
    ] {
        assert_eq!(found("a.js", &script(gives)), told, "{gives}");
    }
}

#[test]
fn hosts_are_a_part_unless_paths_are_compared_too() {
    let go = |more: &str| {
        format!(
            "package auth\n\nfunc validateAudience(claims *Claims, ours *url.URL) error {{\n\taud, err := url.Parse(claims.Audience)\n\tif err != nil {{\n\t\treturn err\n\t}}\n\tif aud.Host != ours.Host{more} {{\n\t\treturn errors.New(\"audience\")\n\t}}\n\treturn nil\n}}\n"
        )
    };
    assert_eq!(found("a.go", &go("")), ["WRD205 8"]);
    assert_eq!(found("a.go", &go(" || aud.Path != ours.Path")), [""; 0]);
}

#[test]
fn what_a_caller_brings_is_not_asked_for_by_oneself() {
    let script = |token: &str| {
        format!(
            "const jwt = require('jsonwebtoken');\nexports.who = (message, tokens) => jwt.verify({token}, KEY);\n"
        )
    };
    for token in ["message.session.access_token", "message.handshake.auth.token.accessToken"] {
        assert_eq!(found("a.js", &script(token)), ["WRD201 2"], "{token}");
    }
    assert_eq!(found("a.js", &script("tokens.access_token")), [""; 0]);
}

#[test]
fn who_leads_away_after_a_failure_lets_nobody_in() {
    let script = |does: &str| {
        format!(
            "const jwt = require('jsonwebtoken');\nconst check = (claims) => {{\n  if (claims.aud !== SERVER) throw new Error('audience');\n}};\nexports.who = (token, res) => {{\n  const claims = jwt.verify(token, KEY);\n  try {{\n    check(claims);\n  }} catch (error) {{\n    {does}\n  }}\n  return claims;\n}};\n"
        )
    };
    for does in ["console.warn(error);", "this.logger.warn(error);"] {
        assert!(found("a.js", &script(does)).iter().any(|line| line.starts_with("WRD204")), "{does}");
    }
    for does in ["redirectToLogin(res);", "logAndExit(error);", "dialog.show(error);"] {
        assert!(!found("a.js", &script(does)).iter().any(|line| line.starts_with("WRD204")), "{does}");
    }
}
