use super::told::{claims, requests};

const MANIFEST: &str = "module example.com/app\n";

const CLIENT: &str = r#"package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/app/internal/params"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type Client struct {
	conf     *oauth2.Config
	http     *http.Client
	resource string
}

func New(resource string) *Client {
	return &Client{conf: &oauth2.Config{ClientID: "x"}, http: &http.Client{}, resource: resource}
}

func plain(code string) {
	http.PostForm(tokenURL, url.Values{"grant_type": {"authorization_code"}, "code": {code}})
}

func (c *Client) written(code string) (*http.Response, error) {
	data := url.Values{}
	data.Set("grant_type", "authorization_code")
	data.Set("resource", c.resource)
	return c.http.PostForm(tokenURL, data)
}

func (c *Client) conditional(ctx context.Context) error {
	data := url.Values{"grant_type": []string{"refresh_token"}}
	if c.resource != "" {
		data.Set("resource", c.resource)
	}
	req, err := http.NewRequestWithContext(ctx, "POST", tokenURL, strings.NewReader(data.Encode()))
	if err != nil {
		return err
	}
	_, err = c.http.Do(req)
	return err
}

func (c *Client) early(ctx context.Context) error {
	data := url.Values{"grant_type": []string{"refresh_token"}}
	if c.resource == "" {
		return errNone
	}
	data.Set("resource", c.resource)
	_, err := http.PostForm(tokenURL, data)
	return err
}

func helped() error {
	data, err := params.Build("refresh_token")
	if err != nil {
		return err
	}
	params.Add(data, "r")
	_, err = http.PostForm(tokenURL, data)
	return err
}

func unhelped() {
	data, _ := params.Build("refresh_token")
	http.PostForm(tokenURL, data)
}

func (c *Client) options(ctx context.Context, code string) {
	c.conf.Exchange(ctx, code)
	c.conf.Exchange(ctx, code, oauth2.SetAuthURLParam("resource", c.resource))
	var opts []oauth2.AuthCodeOption
	opts = append(opts, oauth2.SetAuthURLParam("audience", "x"), oauth2.AccessTypeOffline)
	if c.resource != "" {
		opts = append(opts, oauth2.SetAuthURLParam("resource", c.resource))
	}
	c.conf.AuthCodeURL("state", opts...)
	opts = append(opts, oauth2.SetAuthURLParam("resource", c.resource))
	c.conf.Exchange(ctx, code, opts...)
}

func (c *Client) given(ctx context.Context, opts ...oauth2.AuthCodeOption) {
	opts = append(opts, oauth2.AccessTypeOffline)
	c.conf.Exchange(ctx, "code", opts...)
}

func (c *Client) refresh(ctx context.Context, token *oauth2.Token) *http.Client {
	source := c.conf.TokenSource(ctx, token)
	return oauth2.NewClient(ctx, source)
}

func credentials(ctx context.Context) {
	conf := clientcredentials.Config{ClientID: "x"}
	conf.Token(ctx)
	more := &clientcredentials.Config{EndpointParams: url.Values{"resource": {"r"}}}
	more.Client(ctx)
}

func switched(kind string) {
	data := url.Values{"grant_type": {"x"}}
	switch kind {
	case "a":
		data.Set("resource", "a")
	default:
		data["resource"] = []string{"b"}
	}
	http.PostForm(tokenURL, data)
}

func deferred(ctx context.Context) {
	data := url.Values{"grant_type": {"x"}}
	add := func(value string) { data.Set("resource", value) }
	add("r")
	go func() {
		http.PostForm(tokenURL, data)
	}()
}
"#;

#[test]
fn parameters_are_followed() {
    let apart = "package client\n\nimport \"context\"\n\nfunc (c *Client) apart(ctx context.Context) { c.refresh(ctx, nil) }\n";
    let params = r#"package params

import "net/url"

func Build(grant string) (url.Values, error) {
	if grant == bad() {
		return nil, errBad
	}
	return url.Values{"grant_type": {grant}}, nil
}

func Add(data url.Values, resource string) { data.Set("resource", resource) }
"#;
    // A folder that is called like a library is not taken for it.
    let other = "package oauth2\n\nfunc SetAuthURLParam(a, b string) int { return 1 }\n";
    insta::assert_snapshot!(requests(&[
        ("go.mod", MANIFEST),
        ("client/client.go", CLIENT),
        ("client/more.go", apart),
        ("internal/params/params.go", params),
        ("golang.org/x/oauth2/oauth2.go", other),
        ("oauth2/oauth2.go", other),
    ]));
}

const SOURCE: &str = r#"package auth

import (
	"slices"

	"github.com/golang-jwt/jwt/v5"
	old "github.com/golang-jwt/jwt/v4"
)

type Claims struct {
	jwt.RegisteredClaims
	Scope string
}

func none(raw string) (*jwt.Token, error) {
	return jwt.Parse(raw, key)
}

func demanded(raw string) (*jwt.Token, error) {
	return jwt.Parse(raw, key, jwt.WithIssuer("i"), jwt.WithAudience(audience))
}

func gathered(raw string) (*jwt.Token, error) {
	opts := []jwt.ParserOption{jwt.WithIssuer("i")}
	opts = append(opts, jwt.WithAudience(audience))
	return jwt.ParseWithClaims(raw, &Claims{}, key, opts...)
}

func parser(raw string) (*jwt.Token, error) {
	parser := jwt.NewParser(jwt.WithAudience(audience))
	return parser.Parse(raw, key)
}

func compared(raw string) (jwt.MapClaims, error) {
	token, err := jwt.Parse(raw, key)
	if err != nil || !token.Valid {
		return nil, err
	}
	claims, ok := token.Claims.(jwt.MapClaims)
	if !ok || claims["aud"] != audience {
		return nil, errAudience
	}
	return claims, nil
}

func filled(raw string) (*Claims, error) {
	claims := &Claims{}
	_, err := jwt.ParseWithClaims(raw, claims, key)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(claims.Audience, audience) {
		return nil, errAudience
	}
	return claims, nil
}

func warned(raw string) (*Claims, error) {
	claims := &Claims{}
	if _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {
		return nil, err
	}
	if !slices.Contains(claims.Audience, audience) {
		log.Println("no")
	}
	return claims, nil
}

func method(raw string) (*Claims, error) {
	claims := &Claims{}
	old.ParseWithClaims(raw, claims, key)
	if !claims.VerifyAudience(audience, true) {
		return nil, errAudience
	}
	return claims, nil
}

func contains(raw string) (*Claims, error) {
	claims := &Claims{}
	if _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {
		return nil, err
	}
	found := false
	for _, one := range claims.Audience {
		if one == audience {
			found = true
			break
		}
	}
	if !found {
		return nil, errAudience
	}
	return claims, nil
}

func isFor(aud []string) bool {
	return slices.Contains(aud, audience)
}

func asked(raw string) (*Claims, error) {
	claims := &Claims{}
	if _, err := jwt.ParseWithClaims(raw, claims, key); err != nil {
		return nil, err
	}
	valid := isFor(claims.Audience)
	if !valid {
		return nil, errAudience
	}
	return claims, nil
}

func typed(raw string) error {
	token, _ := jwt.Parse(raw, key)
	claims := token.Claims.(jwt.MapClaims)
	switch aud := claims["aud"].(type) {
	case string:
		if aud == audience {
			return accept(claims)
		}
	case []any:
		for _, one := range aud {
			if one == audience {
				return accept(claims)
			}
		}
	}
	panic("audience")
}
"#;

#[test]
fn claims_are_followed() {
    insta::assert_snapshot!(claims(&[("go.mod", MANIFEST), ("auth.go", SOURCE)]));
}
