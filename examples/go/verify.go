package main

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// snippet:verify
// Claims are those of an access token (RFC 9068).
type Claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
}

// Verify checks the signature, iss, aud and exp of an access token.
func Verify(token string, keys *Keys, issuer, audience, algorithm string) (*Claims, error) {
	claims := &Claims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{algorithm}))
	_, err := parser.ParseWithClaims(token, claims, func(token *jwt.Token) (interface{}, error) {
		if token.Header["typ"] != "at+jwt" {
			return nil, errors.New("not an access token")
		}
		kid, _ := token.Header["kid"].(string)
		return keys.Find(kid)
	})
	switch {
	case err != nil:
		return nil, err
	case !claims.VerifyExpiresAt(time.Now(), true):
		return nil, errors.New("no exp")
	case !claims.VerifyIssuer(issuer, true):
		return nil, errors.New("another issuer")
	case !claims.VerifyAudience(audience, true):
		return nil, errors.New("another audience")
	}
	return claims, nil
}

// snippet:end
