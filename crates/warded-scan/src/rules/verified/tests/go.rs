//! Verifiers as code in Go has them.

use super::found;

fn verifier(body: &str) -> String {
    format!(
        "package a

import (
	\"github.com/coreos/go-oidc/v3/oidc\"
	\"github.com/go-jose/go-jose/v4/jwt\"
	\"github.com/lestrrat-go/jwx/v2/jwt\"
)

func verify(ctx context.Context, raw string) (*Claims, error) {{
{body}
	return claims, nil
}}
"
    )
}

#[test]
fn the_identifier_of_a_client_is_demanded_unless_that_is_switched_off() {
    let with = |config: &str| {
        verifier(&format!(
            "	provider, err := oidc.NewProvider(ctx, issuer)
	claims, err := provider.Verifier(&oidc.Config{{{config}}}).Verify(ctx, raw)
	if err != nil {{ return nil, err }}"
        ))
    };
    assert_eq!(found("a.go", &with("SkipClientIDCheck: true")), ["WRD202 11"]);
    assert_eq!(found("a.go", &with("SkipClientIDCheck: false, ClientID: id")), [""; 0]);
    // It refuses everything.
    assert_eq!(found("a.go", &with("")), [""; 0]);
    let compared = with("SkipClientIDCheck: true").replace(
        "	return claims",
        "	if !slices.Contains(claims.Audience, server) { return nil, errOther }\n	return claims",
    );
    assert_eq!(found("a.go", &compared), [""; 0]);
}

#[test]
fn an_audience_that_is_not_expected_is_not_asked_for() {
    let with = |expected: &str| {
        verifier(&format!(
            "	token, err := jwt.ParseSigned(raw, algorithms)
	claims := &jwt.Claims{{}}
	if err := token.Claims(key, claims); err != nil {{ return nil, err }}
	if err := claims.Validate(jwt.Expected{{{expected}}}); err != nil {{ return nil, err }}"
        ))
        .replace("	\"github.com/lestrrat-go/jwx/v2/jwt\"\n", "")
    };
    assert_eq!(found("a.go", &with("Issuer: issuer")), ["WRD201 11"]);
    assert_eq!(found("a.go", &with("Issuer: issuer, AnyAudience: jwt.Audience{server}")), [""; 0]);
}

#[test]
fn a_token_may_be_validated_after_it_was_parsed() {
    let with = |options: &str| {
        verifier(&format!(
            "	claims, err := jwt.Parse(raw, jwt.WithKeySet(keys))
	if err != nil {{ return nil, err }}
	if err := jwt.Validate(claims{options}); err != nil {{ return nil, err }}"
        ))
        .replace("	\"github.com/go-jose/go-jose/v4/jwt\"\n", "")
    };
    assert_eq!(found("a.go", &with("")), ["WRD201 9"]);
    assert_eq!(found("a.go", &with(", jwt.WithAudience(server)")), [""; 0]);
}

#[test]
fn what_is_read_of_an_answer_is_the_answer() {
    let with = |then: &str| {
        format!(
            "package a

import (\"encoding/json\"; \"net/http\"; \"net/url\"; \"strings\")

type said struct {{ Active bool; Aud string }}

func VerifyToken(ctx context.Context, token string) (*auth.TokenInfo, error) {{
	form := url.Values{{\"token\": {{token}}}}
	req, err := http.NewRequestWithContext(ctx, \"POST\", introspection, strings.NewReader(form.Encode()))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {{ return nil, err }}
	var s said
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {{ return nil, err }}
	if !s.Active{then} {{ return nil, errInvalid }}
	return &auth.TokenInfo{{}}, nil
}}
"
        )
    };
    assert_eq!(found("a.go", &with("")), ["WRD206 9"]);
    assert_eq!(found("a.go", &with(" || s.Aud != server")), [""; 0]);
}

#[test]
fn what_an_error_says_of_an_audience_is_no_audience() {
    let go = "package auth

import (
\t\"fmt\"

\t\"github.com/golang-jwt/jwt/v5\"
)

func Who(raw string) (jwt.MapClaims, error) {
\ttoken, err := jwt.Parse(raw, key)
\tif err != nil {
\t\treturn nil, err
\t}
\tclaims := token.Claims.(jwt.MapClaims)
\tif err := check(claims); err != nil {
\t\treturn nil, fmt.Errorf(\"audience: %w\", err)
\t}
\treturn claims, nil
}

func check(claims jwt.MapClaims) error {
\taud, ok := claims[\"aud\"].(string)
\tif !ok {
\t\treturn fmt.Errorf(\"no audience\")
\t}
\tif aud != serverURL {
\t\treturn fmt.Errorf(\"expected %s, got %s\", serverURL, aud)
\t}
\treturn nil
}
";
    assert_eq!(found("a.go", go), [""; 0]);
}

#[test]
fn options_that_are_given_under_a_condition_make_a_parser_that_asks_under_one() {
    let with = |options: &str| {
        verifier(&format!(
            "	options := []jwt.ParserOption{{jwt.WithIssuer(issuer)}}
{options}	claims, err := jwt.NewParser(options...).Parse(raw, key)
	if err != nil {{ return nil, err }}"
        ))
        .replace("github.com/go-jose/go-jose/v4/jwt", "github.com/golang-jwt/jwt/v5")
        .replace("	\"github.com/lestrrat-go/jwx/v2/jwt\"\n", "")
    };
    let more = "options = append(options, jwt.WithAudience(server))";
    assert_eq!(found("a.go", &with(&format!("	{more}\n"))), [""; 0]);
    assert_eq!(found("a.go", &with("")), ["WRD201 10"]);
    let looked = |options: &str| {
        let looked = crate::look::look(vec![("a.go".into(), with(options))]);
        looked.findings.iter().map(|found| (found.rule.id, found.severity)).collect::<Vec<_>>()
    };
    let sometimes = looked(&format!("	if server != \"\" {{ {more} }}\n"));
    assert_eq!(sometimes, [("WRD201", crate::rule::Severity::Note)]);
}
