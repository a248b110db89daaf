package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// snippet:keys
// Keys are the public keys of an issuer, fetched again every five minutes.
type Keys struct {
	URL     string
	mutex   sync.Mutex
	fetched time.Time
	byID    map[string]crypto.PublicKey
}

// ErrNoKeys says that the keys could not be had, so nothing is known about the token.
var ErrNoKeys = errors.New("no keys")

var client = http.Client{Timeout: 5 * time.Second}

// Find gives the key with this kid.
func (k *Keys) Find(kid string) (crypto.PublicKey, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if time.Since(k.fetched) > 5*time.Minute {
		if err := k.fetch(); err != nil {
			return nil, err
		}
	}
	if key, found := k.byID[kid]; found {
		return key, nil
	}
	return nil, fmt.Errorf("unknown kid %q", kid)
}

func (k *Keys) fetch() error {
	answer, err := client.Get(k.URL)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrNoKeys, err)
	}
	defer answer.Body.Close()
	var set struct{ Keys []jwk }
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrNoKeys, answer.Status, err)
	}
	byID := map[string]crypto.PublicKey{}
	for _, key := range set.Keys {
		byID[key.Kid] = key.public()
	}
	k.byID, k.fetched = byID, time.Now()
	return nil
}

type jwk struct{ Kty, Kid, X, Y, N, E string }

func (j jwk) public() crypto.PublicKey {
	switch j.Kty {
	case "EC": // ES256
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(j.X), Y: number(j.Y)}
	case "RSA":
		return &rsa.PublicKey{N: number(j.N), E: int(number(j.E).Int64())}
	case "OKP": // EdDSA
		return ed25519.PublicKey(number(j.X).FillBytes(make([]byte, ed25519.PublicKeySize)))
	}
	return nil
}

func number(text string) *big.Int {
	bytes, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(bytes)
}

// snippet:end
