use super::{
    form,
    hostile::{nested, survives, survives_changes},
};
use crate::language::Language;

fn go(source: &str) -> String {
    form(Language::Go, source)
}

const DECLARATIONS: &str = r#"package auth

import (
	"context"
	"net/url"
	_ "embed"
	. "example.com/app/helpers"
	yaml "gopkg.in/yaml.v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/dgrijalva/jwt-go"
)
import "golang.org/x/oauth2"

const (
	A = iota
	B
	Audience string = "https://mcp.example"
)

var one, two = f()
var data url.Values
var conf oauth2.Config
var (
	pointer *oauth2.Config
	names   []string
	text    string
	fail    error
)

type Alias = oauth2.Token
type Scopes []string
type Kind string

type Client struct {
	*Base
	oauth2.TokenSource
	conf *oauth2.Config `json:"conf"`
	a, b map[string]string
	more Option[string]
}

type Store interface {
	Base
	Get(ctx context.Context) (string, error)
}

func (c *Client) Token(ctx context.Context, code string, opts ...oauth2.AuthCodeOption) (*oauth2.Token, error) {
	return c.conf.Exchange(ctx, code, opts...)
}

func (Client) unnamed(string, params url.Values) {}

func (s *Elsewhere[T]) Do() {}

func generic[T any](a, b T, _ int) (data url.Values, err error) {
	data, err = f[T](a)
	if err != nil {
		return
	}
	return data, nil
}

func (c Client) last() (token *oauth2.Token) { return }
"#;

#[test]
fn declarations() {
    insta::assert_snapshot!(go(DECLARATIONS));
}

const STEPS: &str = r#"package a

func steps(ctx context.Context, r *http.Request) error {
	if token, err := f(); err != nil {
		return err
	} else if token == "" || !ok {
		panic("none")
	} else {
		n++
	}
	value, ok := claims["aud"].(string)
	_, found := m[key]
	m["a"], x.b = 1, 2
	text += "more"
	for i := 0; i < len(xs); i++ {
		if xs[i] == nil {
			continue
		}
	}
	for _, x := range xs {
		use(x)
	}
	for k, v := range m {
		data.Set(k, v)
	}
	for range 3 {
	}
outer:
	for {
		switch method := r.Method; method {
		default:
			other()
		case "POST", "PUT":
			if small {
				break
			}
			post()
			fallthrough
		case http.MethodGet:
			get()
			break
		case "X":
			break outer
		}
	}
	switch {
	case aud == want:
		return nil
	}
	switch aud := claims["aud"].(type) {
	case string:
		one(aud)
	case []string, nil:
		many(aud)
	}
	select {
	case done := <-c:
		use(done)
	case c <- 1:
	case <-ctx.Done():
		return ctx.Err()
	}
	go func() { inner(value) }()
	defer resp.Body.Close()
	var handler http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) { c.serve(w, r) }
	log.Fatalf("no: %v", err)
	return errors.Join(err, nil)
}
"#;

#[test]
fn steps() {
    insta::assert_snapshot!(go(STEPS));
}

const VALUES: &str = r#"package a

func values(c *Client) {
	data := url.Values{"grant_type": {"refresh_token"}, "many": {"a", "b"}, "one": []string{x}}
	header := http.Header{}
	m := map[string]interface{}{"a": 1, key: map[string]string{"b": "c"}}
	n := make(map[string]string, 3)
	list := []string{"a", b, c...}
	conf := &oauth2.Config{ClientID: "x", Endpoint: oauth2.Endpoint{TokenURL: base + "/token"}, Scopes: []string{"s"}}
	pairs := []Pair{{"a", 1}, {Key: "b"}}
	p := new(Client)
	made := make([]string, 0)
	claims := jwt.MapClaims{}
	local := Local{"a": b}
	opts = append(opts, oauth2.SetAuthURLParam("resource", r), other)
	opts = append(opts, more...)
	data.Set("resource", r)
	delete(data, "scope")
	u := fmt.Sprintf("%s/token?x=%d&y=%q%%z %[1]v", base, 1, "v")
	v := fmt.Sprintf(format, base)
	body := strings.NewReader(data.Encode())
	b := []byte(data.Encode())
	s := string(b)
	raw := `a\n
b`
	escaped := "tab\t\x41\u00e9\"é" + 'x'
	not := !a && *b != -1 || <-ch
	slice := s[1:2]
	method := c.Token
	generic := Map[string, int](list)
	call := (*c).conf.Client(ctx).Get("x")
	fn := func(opts ...oauth2.AuthCodeOption) string { return opts[0].(string) }
}
"#;

#[test]
fn values() {
    insta::assert_snapshot!(go(VALUES));
}

#[test]
fn what_stands_around_an_error_is_read() {
    insta::assert_snapshot!(go(r#"package a

func broken() {
	before("a")
	x := := 3 ( {
	data.Set("resource", r)
}

func after() { post(data) }
"#));
}

#[test]
fn what_is_nested_without_end_is_a_gap() {
    let all = [
        ("package a\nvar x = ", "(", ")", ""),
        ("package a\nvar x = ", "[]T{", "}", ""),
        ("package a\nvar x = ", "T{{", "}}", ""),
        ("package a\nfunc f() ", "{", "}", ""),
        ("package a\nfunc f() {", "if x {} else ", "", "{}}"),
        ("package a\nvar x = ", "f(", ")", ""),
        ("package a\nvar x = ", "!", "", "y"),
        ("package a\nvar x = y", ".z()", "", ""),
        ("package a\nvar x = func() {", "go func() {", "}()", "}"),
        ("package a\nfunc f() {switch x {case 1: ", "switch x {case 1: ", "}", "}}"),
        ("package a\nvar x ", "*[]", "", "T"),
    ];
    for (before, open, close, after) in all {
        survives(Language::Go, nested(before, open, close, after));
    }
}

#[test]
fn nothing_that_is_wrong_with_a_source_matters() {
    for source in [DECLARATIONS, STEPS, VALUES] {
        survives_changes(Language::Go, source, 120);
    }
}
