//! Requests as code in Go makes them.

use super::one;

#[test]
fn an_authorization_request_may_leave_out_its_answer() {
    let source = |more: &str| {
        format!(
            "package a

import \"net/url\"

func browse(base, state string) string {{
	q := url.Values{{}}
	q.Set(\"client_id\", id)
	q.Set(\"redirect_uri\", callback)
	q.Set(\"scope\", scopes)
	q.Set(\"state\", state)
	{more}
	return base + \"?\" + q.Encode()
}}
"
        )
    };
    assert_eq!(one("a.go", &source("")), ["WRD102 12"]);
    assert_eq!(one("a.go", &source("q.Set(\"resource\", server)")), [""; 0]);
}

#[test]
fn whoever_gives_a_function_may_add_what_he_likes() {
    let source = "package a

import (\"net/http\"; \"net/url\")

func redeem(code string, edit ...func(url.Values)) (*http.Response, error) {
	form := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}
	for _, fn := range edit {
		fn(form)
	}
	return http.PostForm(tokenURL, form)
}

func logged(code string) (*http.Response, error) {
	form := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}
	note(form)
	return http.PostForm(tokenURL, form)
}
";
    assert_eq!(one("a.go", source), ["WRD105 10", "WRD101 16"]);
}

#[test]
fn options_of_a_client_are_parameters() {
    let source = "package a

import \"github.com/zitadel/oidc/v3/pkg/client/rp\"

func login(ctx context.Context, party rp.RelyingParty, code string) {
	rp.CodeExchange(ctx, code, party)
	rp.CodeExchange(ctx, code, party, rp.WithURLParam(\"resource\", server))
	rp.RefreshTokens(ctx, party, refresh, \"\", \"\")
}
";
    assert_eq!(one("a.go", source), ["WRD101 6", "WRD103 8"]);
}
