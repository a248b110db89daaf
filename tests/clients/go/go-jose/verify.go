package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"gopkg.in/square/go-jose.v2"
	"gopkg.in/square/go-jose.v2/jwt"
)

// snippet:verify
// FetchKeys gets an issuer's public keys. A long-lived service does so every five minutes.
func FetchKeys(url string) (*jose.JSONWebKeySet, error) {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	keys := &jose.JSONWebKeySet{}
	return keys, json.NewDecoder(answer.Body).Decode(keys)
}

// Verify checks the signature, iss, aud and exp of an access token.
func Verify(token string, keys *jose.JSONWebKeySet, issuer, audience, algorithm string) (*jwt.Claims, error) {
	parsed, err := jwt.ParseSigned(token)
	if err != nil {
		return nil, err
	}
	header := parsed.Headers[0] // a compact JWS has one
	if header.Algorithm != algorithm || header.ExtraHeaders[jose.HeaderType] != "at+jwt" {
		return nil, errors.New("another algorithm, or not an access token")
	}
	claims := &jwt.Claims{}
	if err := parsed.Claims(keys, claims); err != nil {
		return nil, err
	}
	if claims.Expiry == nil {
		return nil, errors.New("no exp")
	}
	expected := jwt.Expected{Issuer: issuer, Audience: jwt.Audience{audience}, Time: time.Now()}
	return claims, claims.ValidateWithLeeway(expected, 0) // its default is a minute
}

// snippet:end
