//! What functions in Go give back beside an error, and what becomes of that.

use super::found;

fn file(functions: &str) -> String {
    format!(
        "package a

import (
	\"errors\"
	\"fmt\"
	\"net/http\"

	\"github.com/golang-jwt/jwt/v5\"
)

type Claims struct {{
	jwt.RegisteredClaims
}}
{functions}"
    )
}

/// A verifier that gives a thing back and no pointer: beside an error it is what it was before.
fn verifier(unless: &str, then: &str) -> String {
    file(&format!(
        "
func verify(raw string) (Claims, error) {{
	claims := Claims{{}}
	if _, err := jwt.ParseWithClaims(raw, &claims, key); err != nil {{
		return Claims{{}}, err
	}}
	if {unless} {{
		{then}
	}}
	return claims, nil
}}
"
    ))
}

const OTHER: &str = "claims.Audience[0] != serverURL";

#[test]
fn something_beside_an_error_is_refused() {
    for error in [
        "fmt.Errorf(\"other\")",
        "errors.New(\"other\")",
        "ErrAudience",
        "&AudienceError{}",
        "api.NewUnauthorizedError()",
    ] {
        let refuses = verifier(OTHER, &format!("return Claims{{}}, {error}"));
        assert_eq!(found("a.go", &refuses), [""; 0], "{error}");
    }
    assert_eq!(found("a.go", &verifier(OTHER, "log.Println(\"other\")")), ["WRD204 20"]);
    let sometimes = verifier(&format!("audience != \"\" && {OTHER}"), "return claims, ErrAudience");
    assert_eq!(found("a.go", &sometimes), ["WRD201 17"]);
}

#[test]
fn an_error_alone_is_a_refusal_too() {
    let with = |body: &str| {
        file(&format!(
            "
func Verify(raw string) error {{
	claims := Claims{{}}
	if _, err := jwt.ParseWithClaims(raw, &claims, key); err != nil {{
		return err
	}}
{body}	return nil
}}
"
        ))
    };
    assert_eq!(
        found("a.go", &with("	if claims.Audience[0] != serverURL {\n		return errors.New(\"other\")\n	}\n")),
        [""; 0]
    );
    assert_eq!(found("a.go", &with("")), ["WRD201 17"]);
}

#[test]
fn who_is_told_of_an_error_goes_on_where_there_is_none() {
    let handler = "
func Handle(w http.ResponseWriter, r *http.Request) {
	claims, err := verify(r.Header.Get(\"X-Token\"))
	if err != nil {
		http.Error(w, \"no\", http.StatusUnauthorized)
		return
	}
	serve(w, claims)
}
";
    let handed = "
func Register(api huma.API) {
	huma.Register(api, func(ctx context.Context, input *Input) (*Output, error) {
		claims, err := verify(input.Token)
		if err != nil {
			return nil, huma.Error401Unauthorized(\"no\", err)
		}
		return &Output{claims}, nil
	})
}
";
    let passed = "
func Verify(raw string) (Claims, error) {
	claims, err := verify(raw)
	return claims, err
}
";
    for caller in [handler, handed, passed] {
        let refuses = verifier(OTHER, "return Claims{}, ErrAudience") + caller;
        assert_eq!(found("a.go", &refuses), [""; 0], "{caller}");
        let accepts = verifier("claims.Subject == \"\"", "return Claims{}, ErrSubject") + caller;
        assert_eq!(found("a.go", &accepts), ["WRD201 17"], "{caller}");
    }
    // Here nobody heeds it.
    let ignored = handler
        .replace("		http.Error(w, \"no\", http.StatusUnauthorized)\n		return\n", "		log.Println(err)\n");
    let found = found("a.go", &(verifier(OTHER, "return Claims{}, ErrAudience") + &ignored));
    assert_eq!(found, ["WRD204 20"]);
}
