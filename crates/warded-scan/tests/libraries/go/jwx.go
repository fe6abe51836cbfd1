package a

import (
	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v2/jwt"
	"net/http"
)

func RoutesGood(r chi.Router) {
	auth := jwtauth.New("HS256", []byte("secret"), nil, jwt.WithAudience("x"))
	r.Use(jwtauth.Verifier(auth))
}
func Jwx(raw []byte, set jwk.Set) (jwt.Token, error) {
	return jwt.Parse(raw, jwt.WithKeySet(set), jwt.WithValidate(true)) // WRD201
}
func JwxHeader(req *http.Request, set jwk.Set) (jwt.Token, error) {
	return jwt.ParseHeader(req.Header, "Authorization", jwt.WithKeySet(set)) // WRD201
}
func JwxClaim(raw []byte, set jwk.Set) (jwt.Token, error) {
	return jwt.Parse(raw, jwt.WithKeySet(set), jwt.WithClaimValue("aud", "x"))
}
func JwxUnver(raw []byte) (jwt.Token, error) {
	return jwt.Parse(raw, jwt.WithVerify(false))
}
