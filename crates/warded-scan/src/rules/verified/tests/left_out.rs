//! Audiences that whoever makes a verifier may leave out.

use super::found;

fn python(before: &str, demanded: &str) -> String {
    format!(
        "import jwt
from dataclasses import dataclass

@dataclass
class Config:
    issuer: str
    audience: str | None = None

class Verifier:
    def __init__(self, config: Config):
        self.config = config

    def verify(self, token):
        {before}
        return jwt.decode(token, KEY, algorithms=['RS256'], audience={demanded})
"
    )
}

#[test]
fn a_field_of_options_may_be_nothing() {
    let given = "self.config.audience";
    assert_eq!(found("a.py", &python("", given)), ["WRD201 15"]);
    assert_eq!(found("a.py", &python("if not self.config.audience: raise ValueError", given)), [""; 0]);
    assert_eq!(found("a.py", &python("", "self.config.audience or SERVER_URL")), [""; 0]);
    let filled = python("", given).replace(
        "\nclass Verifier",
        "    def __post_init__(self):\n        self.audience = self.audience or SERVER_URL\n\nclass Verifier",
    );
    assert_eq!(found("a.py", &filled), [""; 0]);
}

#[test]
fn what_another_method_sets_is_not_known() {
    let python = |method: &str, other: &str| {
        format!(
            "import jwt

class Verifier:
    def __init__(self):
        self.audience = None

    def {method}(self, audience):
        self.{other} = audience

    def verify(self, token):
        return jwt.decode(token, KEY, algorithms=['RS256'], audience=self.audience)
"
        )
    };
    assert_eq!(found("a.py", &python("demand", "audience")), [""; 0]);
    assert_eq!(found("a.py", &python("init", "audience")), [""; 0]);
    assert_eq!(found("a.py", &python("init", "issuer")), ["WRD201 11"]);
}

#[test]
fn what_is_set_up_before_is_used() {
    let java = |demand: &str| {
        format!(
            "import org.jose4j.jwt.consumer.*;

class Validator {{
    private JwtConsumer consumer;

    public void configure(Map<String, ?> settings) {{
        JwtConsumerBuilder builder = new JwtConsumerBuilder();
        {demand}
        this.consumer = builder.build();
    }}

    public Claims validate(String token) {{
        return this.consumer.process(token).getJwtClaims();
    }}
}}
"
        )
    };
    let sometimes =
        "if (settings.get(AUDIENCE) != null) builder.setExpectedAudience(settings.get(AUDIENCE));";
    assert_eq!(found("Validator.java", &java("builder.setExpectedAudience(SERVER_URL);")), [""; 0]);
    assert_eq!(found("Validator.java", &java(sometimes)), ["WRD201 13"]);
}

#[test]
fn types_say_what_may_be_left_out() {
    let script = |optional: &str, before: &str| {
        format!(
            "import {{ jwtVerify }} from 'jose';
export interface Options {{ issuer: string; audience{optional}: string }}
export class Verifier {{
  constructor(private readonly options: Options) {{}}
  async verify(token: string) {{
    {before}
    return (await jwtVerify(token, KEYS, {{ audience: this.options.audience }})).payload;
  }}
}}
"
        )
    };
    assert_eq!(found("a.ts", &script("?", "")), ["WRD201 7"]);
    assert_eq!(found("a.ts", &script("", "")), [""; 0]);
    let asked = "if (!this.options.audience) throw new Error('no audience');";
    assert_eq!(found("a.ts", &script("?", asked)), [""; 0]);
    let parameter = |given: &str| {
        format!(
            "import {{ jwtVerify }} from 'jose';
export async function verify(token: string, {given}) {{
  return (await jwtVerify(token, KEYS, {{ audience }})).payload;
}}
"
        )
    };
    assert_eq!(found("a.ts", &parameter("audience?: string")), ["WRD201 3"]);
    assert_eq!(found("a.ts", &parameter("audience: string | undefined")), ["WRD201 3"]);
    assert_eq!(found("a.ts", &parameter("audience: string")), [""; 0]);
}

#[test]
fn one_caller_who_demands_nothing_and_one_who_may_demand_are_a_condition() {
    let python = "import jwt

def verify(token, audience=None):
    options = {}
    if audience:
        options['audience'] = audience
    return jwt.decode(token, KEY, algorithms=['RS256'], **options)

def whatever(token):
    return verify(token)

def of(token, audience):
    return verify(token, audience)
";
    assert_eq!(found("a.py", python), ["WRD201 7"]);
}

#[test]
fn who_asked_for_a_token_does_not_stand_in_for_its_audience() {
    let python = |question: &str| {
        format!(
            "import jwt

def who(token):
    claims = jwt.decode(token, KEY, algorithms=['RS256'], options={{'verify_aud': False}})
    if {question}:
        raise PermissionError
    return claims
"
        )
    };
    assert_eq!(found("a.py", &python("claims['aud'] != US and claims['azp'] != US")), ["WRD205 5"]);
    assert_eq!(found("a.py", &python("claims['aud'] != US or claims['azp'] != US")), [""; 0]);
}

#[test]
fn what_is_kept_to_verify_with_is_told_where_it_is_made() {
    let rust = |more: &str, otherwise: &str| {
        format!(
            "use jsonwebtoken::{{Algorithm, Validation}};

impl Builder {{
    pub fn build(self) -> Verifier {{
        let mut validation = Validation::new(Algorithm::RS256);
        if let Some(audience) = &self.audience {{
            validation.set_audience(&[audience]);
            {more}
        }} else {{
            {otherwise}
        }}
        Verifier {{ validation: Arc::new(validation) }}
    }}
}}
"
        )
    };
    let (requires, off) =
        ("validation.set_required_spec_claims(&[\"aud\"]);", "validation.validate_aud = false;");
    assert_eq!(found("a.rs", &rust("", off)), ["WRD203 7", "WRD202 10"]);
    assert_eq!(found("a.rs", &rust(requires, off)), ["WRD202 10"]);
    assert_eq!(found("a.rs", &rust(requires, "panic!();")), [""; 0]);
}

#[test]
fn what_is_demanded_on_some_ways_may_accept_a_token_without() {
    let rust = |more: &str| {
        format!(
            "use jsonwebtoken::{{Validation, decode}};

impl Verifier {{
    fn who(&self, token: &str) -> Option<Claims> {{
        let mut validation = Validation::new(Algorithm::RS256);
        if let Some(audience) = &self.audience {{
            validation.set_audience(&[audience]);
            {more}
        }}
        decode::<Claims>(token, &key(), &validation).map(|data| data.claims).ok()
    }}
}}
"
        )
    };
    assert_eq!(found("a.rs", &rust("")), ["WRD203 7", "WRD201 10"]);
    assert_eq!(found("a.rs", &rust("validation.set_required_spec_claims(&[\"aud\"]);")), ["WRD201 10"]);
}

#[test]
fn what_a_package_in_go_signs_itself_is_its_own() {
    let package = |signing: &str, token: &str| {
        let sign = format!(
            "package a

import \"github.com/golang-jwt/jwt/v5\"

func issue(user string) (string, error) {{
	return jwt.NewWithClaims(method, claims(user)).SignedString({signing})
}}
"
        );
        let verify = format!(
            "package a

import \"github.com/golang-jwt/jwt/v5\"

func who({token} string) (*jwt.Token, error) {{
	return jwt.Parse({token}, func(*jwt.Token) (any, error) {{ return []byte(settings.Key), nil }})
}}
"
        );
        let files = vec![("a/sign.go".into(), sign), ("a/verify.go".into(), verify)];
        let looked = crate::look::look(files);
        looked.findings.iter().map(|finding| finding.rule.id).collect::<Vec<_>>()
    };
    assert_eq!(package("[]byte(settings.Key)", "raw"), [""; 0]);
    assert_eq!(package("[]byte(settings.Other)", "raw"), ["WRD201"]);
    // Whatever it is called where it is given.
    assert_eq!(package("Key", "raw"), ["WRD201"]);
    assert_eq!(package("[]byte(settings.Other)", "state"), [""; 0]);
}

#[test]
fn what_is_looked_up_need_not_be_there() {
    let found = |before: &str, demanded: &str| {
        let text = format!(
            "import jwt, os
from django.conf import settings

AUDIENCE = os.getenv('AUDIENCE')
{before}

def who(token, config, **options):
    return jwt.decode(token, KEY, algorithms=['RS256'], audience={demanded})
"
        );
        !found("a.py", &text).is_empty()
    };
    let looked_up = [
        "os.getenv('AUDIENCE')",
        "os.environ.get('AUDIENCE', None)",
        "AUDIENCE",
        "config.get('audience')",
        "options.get('audience')",
        "getattr(settings, 'AUDIENCE', None)",
    ];
    for demanded in looked_up {
        assert!(found("", demanded), "{demanded}");
    }
    let there = [
        "os.environ['AUDIENCE']",
        "os.getenv('AUDIENCE', SERVER_URL)",
        "os.getenv('AUDIENCE') or SERVER_URL",
        "f'https://{os.getenv(\"HOST\")}/mcp'",
        "os.getenv('AUDIENCES').split(',')",
        "str(config.get('audience'))",
        "getattr(settings, 'AUDIENCE')",
        "getattr(settings, 'AUDIENCE', SERVER_URL)",
    ];
    for demanded in there {
        assert!(!found("", demanded), "{demanded}");
    }
    assert!(!found("if not AUDIENCE:\n    raise RuntimeError('AUDIENCE')", "AUDIENCE"));
    assert!(found("if not ISSUER:\n    raise RuntimeError('ISSUER')", "AUDIENCE"));
}

#[test]
fn most_callers_give_nothing_by_name() {
    let found = |before: &str, given: &str| {
        let text = format!(
            "import jwt

def who(token, **kwargs):
    {before}
    return jwt.decode(token, KEY, algorithms=['RS256'], {given})
"
        );
        !found("a.py", &text).is_empty()
    };
    assert!(found("", "**kwargs"));
    assert!(!found("kwargs['audience'] = SERVER_URL", "**kwargs"));
    assert!(!found("kwargs.setdefault('audience', SERVER_URL)", "**kwargs"));
    assert!(!found("", "audience=SERVER_URL, **kwargs"));
    assert!(!found("", "audience=kwargs['audience']"));
}

#[test]
fn fields_may_be_given_as_arguments() {
    let python = |audience: &str| {
        format!(
            "import jwt
from pydantic import BaseModel

class Config(BaseModel):
    audience: {audience}
    options: dict | None = None
    verify: bool | None = None

class Verifier:
    def __init__(self, config: Config):
        self.config = config

    def verify(self, token):
        return jwt.decode(token, KEY, algorithms=['RS256'], **self.config.model_dump())
"
        )
    };
    assert_eq!(found("a.py", &python("str | None = None")), ["WRD201 14"]);
    assert_eq!(found("a.py", &python("str")), [""; 0]);
}

#[test]
fn what_a_constructor_is_given_is_in_what_is_handed_in() {
    let python = |asks: &str| {
        format!(
            "import jwt
from dataclasses import dataclass

@dataclass
class Config:
    audience: str | None = None

class Verifier:
    def __init__(self, config: Config):
        {asks}
        self.config = config

    def verify(self, token):
        return jwt.decode(token, KEY, algorithms=['RS256'], audience=self.config.audience)

class Guard:
    def __init__(self, verifier: Verifier):
        self.verifier = verifier

    def __call__(self, request):
        return self.verifier.verify(request.token)
"
        )
    };
    assert_eq!(found("a.py", &python("")), ["WRD201 14"]);
    let filled = python("").replace("str | None = None", "str");
    assert_eq!(found("a.py", &filled), [""; 0]);
}

#[test]
fn who_hands_on_a_bag_of_options_leaves_it_to_whoever_calls() {
    let script = |options: &str| {
        format!(
            "const jwt = require('jsonwebtoken');

module.exports = function (options) {{
  return function (req, res, next) {{
    const token = req.headers.authorization.slice(7);
    jwt.verify(token, KEY, {options}, (error, claims) => {{
      if (error) return next(error);
      req.user = claims;
      next();
    }});
  }};
}};
"
        )
    };
    assert_eq!(found("a.js", &script("options")), [""; 0]);
    assert_eq!(found("a.js", &script("{ algorithms: ['RS256'], ...options }")), [""; 0]);
    assert_eq!(found("a.js", &script("{ ...options, audience: SERVER_URL }")), [""; 0]);
    assert_eq!(found("a.js", &script("{ algorithms: options.algorithms }")), ["WRD201 6"]);
}
