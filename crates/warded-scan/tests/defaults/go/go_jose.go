package main

import (
	jwt3 "github.com/go-jose/go-jose/v3/jwt"
	"github.com/go-jose/go-jose/v4"
	jwt4 "github.com/go-jose/go-jose/v4/jwt"
)

func goJose4() {
	const module = "github.com/go-jose/go-jose/v4"
	claimsOf := func(token string) (claims jwt4.Claims, err error) {
		parsed, err := jwt4.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return claims, err
		}
		return claims, parsed.Claims(key, &claims)
	}
	measure(module, "token.Claims(key, &claims)", func(token string) error {
		_, err := claimsOf(token)
		return err
	})
	validate := func(call string, expected jwt4.Expected) {
		measure(module, call, func(token string) error {
			claims, err := claimsOf(token)
			if err != nil {
				return err
			}
			return claims.Validate(expected)
		})
	}
	validate("claims.Validate(jwt.Expected{})", jwt4.Expected{})
	validate("claims.Validate(jwt.Expected{AnyAudience: {HERE}})", jwt4.Expected{AnyAudience: jwt4.Audience{tokens.Here}})
	validate("claims.Validate(jwt.Expected{AnyAudience: {}})", jwt4.Expected{AnyAudience: jwt4.Audience{}})
}

func goJose3() {
	const module = "github.com/go-jose/go-jose/v3"
	claimsOf := func(token string) (claims jwt3.Claims, err error) {
		parsed, err := jwt3.ParseSigned(token)
		if err != nil {
			return claims, err
		}
		return claims, parsed.Claims(key, &claims)
	}
	measure(module, "token.Claims(key, &claims)", func(token string) error {
		_, err := claimsOf(token)
		return err
	})
	validate := func(call string, expected jwt3.Expected) {
		measure(module, call, func(token string) error {
			claims, err := claimsOf(token)
			if err != nil {
				return err
			}
			return claims.Validate(expected)
		})
	}
	validate("claims.Validate(jwt.Expected{})", jwt3.Expected{})
	validate("claims.Validate(jwt.Expected{Audience: {HERE}})", jwt3.Expected{Audience: jwt3.Audience{tokens.Here}})
}
