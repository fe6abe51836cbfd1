package a

import (
	"net/http"
	"net/url"
	"strings"
	"bytes"
	"encoding/json"
	"github.com/go-resty/resty/v2"
)

func Post(code string) {
	data := url.Values{}
	data.Set("grant_type", "authorization_code")
	data.Set("code", code)
	http.PostForm(tokenURL, data) // WRD101
}
func Req(rt string) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {rt}}
	req, _ := http.NewRequest("POST", tokenURL, strings.NewReader(form.Encode())) // WRD103
	http.DefaultClient.Do(req)
}
func Json(rt string) {
	body := map[string]string{"grant_type": "client_credentials", "client_id": id}
	b, _ := json.Marshal(body)
	http.Post(tokenURL, "application/json", bytes.NewBuffer(b)) // WRD101
}
func Struct(code string) {
	body := TokenReq{GrantType: "authorization_code", Code: code}
	b, _ := json.Marshal(body)
	http.Post(tokenURL, "application/json", bytes.NewReader(b)) // WRD101
}

type TokenReq struct {
	GrantType string `json:"grant_type"`
	Code      string `json:"code"`
}

func Sprintf(code string) {
	payload := strings.NewReader(fmt.Sprintf("grant_type=authorization_code&code=%s&client_id=%s", code, id))
	req, _ := http.NewRequest("POST", tokenURL, payload) // WRD101
	http.DefaultClient.Do(req)
}
func Concat(id string) {
	body := "grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret
	req, _ := http.NewRequest(http.MethodPost, tokenURL, bytes.NewBufferString(body)) // WRD101
	http.DefaultClient.Do(req)
}
func Bytes(id string) {
	body := []byte("grant_type=client_credentials&client_id=" + id)
	req, _ := http.NewRequest(http.MethodPost, tokenURL, bytes.NewBuffer(body)) // WRD101
	http.DefaultClient.Do(req)
}
func AuthURL() string {
	u, _ := url.Parse(authEndpoint)
	q := u.Query()
	q.Set("response_type", "code")
	q.Set("client_id", id)
	q.Set("redirect_uri", cb)
	u.RawQuery = q.Encode() // WRD102
	return u.String()
}
func AuthURL2() string {
	v := url.Values{}
	v.Add("response_type", "code")
	v.Add("client_id", id)
	return authEndpoint + "?" + v.Encode() // WRD102
}
func AuthURL3() string {
	return fmt.Sprintf("%s?response_type=code&client_id=%s&redirect_uri=%s", authEndpoint, id, cb) // WRD102
}
func Exchange(tok string) {
	data := url.Values{}
	data.Set("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
	data.Set("subject_token", tok)
	http.PostForm(tokenURL, data) // WRD101
}
func NewReqInline(code string) {
	data := make(url.Values)
	data["grant_type"] = []string{"authorization_code"}
	data["code"] = []string{code}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, tokenURL, strings.NewReader(data.Encode())) // WRD101
	http.DefaultClient.Do(req)
}
