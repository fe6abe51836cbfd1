package main

import (
	jwa2 "github.com/lestrrat-go/jwx/v2/jwa"
	jwt2 "github.com/lestrrat-go/jwx/v2/jwt"
	jwa3 "github.com/lestrrat-go/jwx/v3/jwa"
	jwt3 "github.com/lestrrat-go/jwx/v3/jwt"
)

func jwx3() {
	parse := func(call string, options ...jwt3.ParseOption) {
		measure("github.com/lestrrat-go/jwx/v3", call, func(token string) error {
			options := append([]jwt3.ParseOption{jwt3.WithKey(jwa3.RS256(), key)}, options...)
			_, err := jwt3.Parse([]byte(token), options...)
			return err
		})
	}
	parse("jwt.Parse(token, jwt.WithKey(…))")
	parse("jwt.Parse(…, jwt.WithAudience(HERE))", jwt3.WithAudience(tokens.Here))
	parse("jwt.Parse(…, jwt.WithAudience(HERE), jwt.WithValidate(false))", jwt3.WithAudience(tokens.Here), jwt3.WithValidate(false))
}

func jwx2() {
	parse := func(call string, options ...jwt2.ParseOption) {
		measure("github.com/lestrrat-go/jwx/v2", call, func(token string) error {
			options := append([]jwt2.ParseOption{jwt2.WithKey(jwa2.RS256, key)}, options...)
			_, err := jwt2.Parse([]byte(token), options...)
			return err
		})
	}
	parse("jwt.Parse(token, jwt.WithKey(…))")
	parse("jwt.Parse(…, jwt.WithAudience(HERE))", jwt2.WithAudience(tokens.Here))
	parse("jwt.Parse(…, jwt.WithAudience(HERE), jwt.WithValidate(false))", jwt2.WithAudience(tokens.Here), jwt2.WithValidate(false))
}
