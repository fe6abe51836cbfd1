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

#[test]
fn a_field_of_what_is_handed_in_is_what_its_type_says() {
    let source = |options: &str, of: &str| {
        format!(
            "package a

import \"golang.org/x/oauth2\"

type Settings struct {{
	OAuth2  {of}
	Options []oauth2.AuthCodeOption
}}

func redeem(ctx context.Context, settings Settings, code string) (*oauth2.Token, error) {{
	return settings.OAuth2.Exchange(ctx, code{options})
}}
"
        )
    };
    for of in ["oauth2.Config", "*oauth2.Config"] {
        assert_eq!(one("a.go", &source("", of)), ["WRD101 11"]);
        assert_eq!(one("a.go", &source(", settings.Options...", of)), ["WRD105 11"]);
        let given = ", oauth2.SetAuthURLParam(\"resource\", server)";
        assert_eq!(one("a.go", &source(given, of)), [""; 0]);
    }
    assert_eq!(one("a.go", &source("", "*sql.DB")), [""; 0]);
}

#[test]
fn a_field_that_is_set_under_a_condition_is_sent_under_one() {
    let source = |set: &str| {
        format!(
            "package a

import (
	\"net/url\"

	\"golang.org/x/oauth2/clientcredentials\"
)

func source(ctx context.Context, server string) oauth2.TokenSource {{
	settings := &clientcredentials.Config{{ClientID: id, TokenURL: tokens}}
	{set}
	return settings.TokenSource(ctx)
}}
"
        )
    };
    let set = "settings.EndpointParams = url.Values{\"resource\": {server}}";
    assert_eq!(one("a.go", &source(set)), [""; 0]);
    assert_eq!(one("a.go", &source(&format!("if server != \"\" {{ {set} }}"))), ["WRD105 12"]);
    assert_eq!(one("a.go", &source("")), ["WRD101 12"]);
}

#[test]
fn a_client_that_is_used_up_is_known_whatever_texts_say() {
    let source = |rest: &str| {
        format!(
            "package a

import \"golang.org/x/oauth2\"

func login(ctx context.Context, settings *oauth2.Config, code string) (*User, error) {{
	token, err := settings.Exchange(ctx, code, oauth2.SetAuthURLParam(\"resource\", server))
	if err != nil {{
		return nil, err
	}}
	client := settings.Client(ctx, token)
	user, err := client.Get(about)
	if err != nil {{
		return nil, errors.New(\"the client was turned away\")
	}}
	{rest}
	return read(user)
}}
"
        )
    };
    assert_eq!(one("a.go", &source("")), [""; 0]);
    assert_eq!(one("a.go", &source("keep(client)")), ["WRD103 10"]);
}
