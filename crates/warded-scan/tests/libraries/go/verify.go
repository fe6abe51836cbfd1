package a

import (
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/MicahParks/keyfunc/v3"
)



func KeyFunc(raw string, url string) (*jwt.Token, error) {
	k, err := keyfunc.NewDefault([]string{url})
	if err != nil {
		return nil, err
	}
	tok, err := jwt.ParseWithClaims(raw, &MyClaims{}, k.Keyfunc) // WRD201
	return tok, err
}

func Parser5(raw string) (*jwt.Token, error) {
	p := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(iss))
	return p.Parse(raw, kf) // WRD201
}
func ParserOpts(raw string, aud string) (*jwt.Token, error) {
	opts := []jwt.ParserOption{jwt.WithValidMethods([]string{"RS256"})}
	if aud != "" {
		opts = append(opts, jwt.WithAudience(aud))
	}
	return jwt.Parse(raw, kf, opts...) // WRD201 note
}
func Skip(raw string) (*jwt.Token, error) {
	return jwt.ParseWithClaims(raw, &jwt.RegisteredClaims{}, kf, jwt.WithoutClaimsValidation()) // WRD201
}
func Val5(raw string) error {
	tok, _, err := jwt.NewParser().ParseUnverified(raw, jwt.MapClaims{})
	if err != nil {
		return err
	}
	return jwt.NewValidator(jwt.WithAudience("x")).Validate(tok.Claims)
}
func AllAud(raw string) (*jwt.Token, error) {
	return jwt.Parse(raw, kf, jwt.WithAllAudiences("x"))
}
