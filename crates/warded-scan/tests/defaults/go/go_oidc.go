package main

import (
	"context"
	"crypto"

	"github.com/coreos/go-oidc/v3/oidc"
)

func goOidc() {
	verify := func(call string, config oidc.Config) {
		keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key}}
		verifier := oidc.NewVerifier(tokens.Issuer, keys, &config)
		measure("github.com/coreos/go-oidc/v3", call, func(token string) error {
			_, err := verifier.Verify(context.Background(), token)
			return err
		})
	}
	verify("oidc.Config{}", oidc.Config{})
	verify("oidc.Config{ClientID: HERE}", oidc.Config{ClientID: tokens.Here})
	verify("oidc.Config{SkipClientIDCheck: true}", oidc.Config{SkipClientIDCheck: true})
	verify("oidc.Config{ClientID: HERE, SkipClientIDCheck: true}", oidc.Config{ClientID: tokens.Here, SkipClientIDCheck: true})
}
