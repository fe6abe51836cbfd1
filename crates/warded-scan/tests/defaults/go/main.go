// Which tokens does each way of calling a Go library accept? One line of JSON for each way.
//
//	defaults TOKENS
package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"runtime/debug"
)

type given struct {
	Here   string            `json:"here"`
	Issuer string            `json:"issuer"`
	PEM    string            `json:"pem"`
	Tokens map[string]string `json:"tokens"`
}

type row struct {
	Package string   `json:"package"`
	Version string   `json:"version"`
	Call    string   `json:"call"`
	Accepts []string `json:"accepts"`
	Untried []string `json:"untried"`
}

var (
	tokens given
	key    *rsa.PublicKey
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	must(json.Unmarshal(text, &tokens))
	block, _ := pem.Decode([]byte(tokens.PEM))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	must(err)
	key = public.(*rsa.PublicKey)

	golangJwt5()
	golangJwt4()
	jwx3()
	jwx2()
	goOidc()
	goJose4()
	goJose3()
}

// measure prints what a call accepts; accept gives an error where a token is refused.
func measure(module, call string, accept func(token string) error) {
	accepted := []string{}
	for name, token := range tokens.Tokens {
		if accept(token) == nil {
			accepted = append(accepted, name)
		}
	}
	line, err := json.Marshal(row{"go:" + module, version(module), call, accepted, []string{}})
	must(err)
	fmt.Println(string(line))
}

func version(module string) string {
	built, _ := debug.ReadBuildInfo()
	for _, one := range built.Deps {
		if one.Path == module {
			return one.Version
		}
	}
	panic("not built with " + module)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
