package a

import (
	"net/http"
	"net/url"
	"strings"
)

func post(params map[string]string) {
	form := url.Values{}
	for k, v := range params {
		form.Set(k, v)
	}
	req, _ := http.NewRequest("POST", tokenURL, strings.NewReader(form.Encode()))
	http.DefaultClient.Do(req)
}
func A1(code string) {
	post(map[string]string{"grant_type": "authorization_code", "code": code}) // WRD101
}
func A2(code string) {
	params := map[string]string{"grant_type": "authorization_code", "code": code}
	form := url.Values{}
	for k, v := range params {
		form.Add(k, v)
	}
	http.PostForm(tokenURL, form) // WRD101
}
