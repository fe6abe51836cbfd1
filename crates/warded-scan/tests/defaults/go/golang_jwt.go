package main

import (
	"errors"

	jwt4 "github.com/golang-jwt/jwt/v4"
	jwt5 "github.com/golang-jwt/jwt/v5"
)

func golangJwt5() {
	parse := func(call string, options ...jwt5.ParserOption) {
		measure("github.com/golang-jwt/jwt/v5", call, func(token string) error {
			_, err := jwt5.Parse(token, func(*jwt5.Token) (any, error) { return key, nil }, options...)
			return err
		})
	}
	parse("jwt.Parse(token, keyfunc)")
	parse("jwt.Parse(…, jwt.WithAudience(HERE))", jwt5.WithAudience(tokens.Here))
	parse("jwt.Parse(…, jwt.WithAllAudiences(HERE))", jwt5.WithAllAudiences(tokens.Here))
	measure("github.com/golang-jwt/jwt/v5", "jwt.ParseWithClaims(token, &jwt.RegisteredClaims{}, keyfunc)", func(token string) error {
		_, err := jwt5.ParseWithClaims(token, &jwt5.RegisteredClaims{}, func(*jwt5.Token) (any, error) { return key, nil })
		return err
	})
}

func golangJwt4() {
	const module = "github.com/golang-jwt/jwt/v4"
	keyfunc := func(*jwt4.Token) (any, error) { return key, nil }
	measure(module, "jwt.Parse(token, keyfunc)", func(token string) error {
		_, err := jwt4.Parse(token, keyfunc)
		return err
	})
	for _, required := range []bool{false, true} {
		call, typed := "claims.VerifyAudience(HERE, false)", "RegisteredClaims.VerifyAudience(HERE, false)"
		if required {
			call, typed = "claims.VerifyAudience(HERE, true)", "RegisteredClaims.VerifyAudience(HERE, true)"
		}
		measure(module, call, func(token string) error {
			claims := jwt4.MapClaims{}
			if _, err := jwt4.ParseWithClaims(token, claims, keyfunc); err != nil {
				return err
			}
			return verdict(claims.VerifyAudience(tokens.Here, required))
		})
		measure(module, typed, func(token string) error {
			claims := jwt4.RegisteredClaims{}
			if _, err := jwt4.ParseWithClaims(token, &claims, keyfunc); err != nil {
				return err
			}
			return verdict(claims.VerifyAudience(tokens.Here, required))
		})
	}
}

func verdict(accepted bool) error {
	if accepted {
		return nil
	}
	return errors.New("refused")
}
