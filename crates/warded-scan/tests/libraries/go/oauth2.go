package a

import (
	"context"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
)

func Login(conf *oauth2.Config, ctx context.Context, code string) {
	url := conf.AuthCodeURL("state", oauth2.AccessTypeOffline) // WRD102
	_ = url
	tok, _ := conf.Exchange(ctx, code) // WRD101
	client := conf.Client(ctx, tok) // WRD103
	_ = client
}

type Auth struct{ Config oauth2.Config; token *oauth2.Token }

func (a *Auth) Refresh(ctx context.Context) (*oauth2.Token, error) {
	return a.Config.TokenSource(ctx, a.token).Token() // WRD103
}
func (a *Auth) Reuse(ctx context.Context) oauth2.TokenSource {
	return oauth2.ReuseTokenSource(a.token, a.Config.TokenSource(ctx, a.token)) // WRD103
}
func CC(ctx context.Context, id, secret, url string) *http.Client {
	cfg := &clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: url, Scopes: []string{"a"}}
	return cfg.Client(ctx) // WRD101
}
func CCOne(ctx context.Context) oauth2.TokenSource {
	return (&clientcredentials.Config{ClientID: "a"}).TokenSource(ctx) // WRD101
}
func CCGood(ctx context.Context) oauth2.TokenSource {
	return (&clientcredentials.Config{ClientID: "a", EndpointParams: url.Values{"resource": {"x"}}}).TokenSource(ctx)
}
func CCAud(ctx context.Context) (*oauth2.Token, error) {
	c := clientcredentials.Config{ClientID: "a", EndpointParams: url.Values{"audience": {"x"}}}
	return c.Token(ctx) // WRD101
}
func Pw(ctx context.Context, conf *oauth2.Config) (*oauth2.Token, error) {
	return conf.PasswordCredentialsToken(ctx, "u", "p") // WRD101
}
func Dev(ctx context.Context, conf *oauth2.Config) {
	r, _ := conf.DeviceAuth(ctx) // WRD102
	conf.DeviceAccessToken(ctx, r) // WRD101
}
func Conf() *oauth2.Config {
	return &oauth2.Config{ClientID: "x"}
}
func Via(ctx context.Context) {
	Conf().Exchange(ctx, "a") // WRD101
	oauth2Config := Conf()
	http.Redirect(w, r, oauth2Config.AuthCodeURL(state), http.StatusFound) // WRD102
}
func Userinfo(conf *oauth2.Config, ctx context.Context, code string) {
	tok, _ := conf.Exchange(ctx, code) // WRD101
	client := conf.Client(ctx, tok)
	resp, _ := client.Get(userinfoURL)
	show(resp)
}
func Kept(conf *oauth2.Config, ctx context.Context, code string) *http.Client {
	tok, _ := conf.Exchange(ctx, code) // WRD101
	client := conf.Client(ctx, tok) // WRD103
	client.Get(userinfoURL)
	return client
}
