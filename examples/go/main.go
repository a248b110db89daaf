// A service that takes jotleash's access tokens: it verifies each by itself, then asks whether it
// is still alive. README.md says how to run it.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// IsLive tells whether a verified token is still alive. An error means that nobody can say.
type IsLive func(token, jti string) (bool, error)

func main() {
	url, audience := os.Getenv("JOTLEASH_URL"), os.Getenv("JOTLEASH_AUDIENCE")
	isLive := LiveByVerify(url, audience)
	if redis := os.Getenv("REDIS_URL"); redis != "" {
		isLive = LiveByRedis(redis)
	}
	service := &Service{
		keys:     &Keys{URL: url + "/.well-known/jwks.json"},
		issuer:   os.Getenv("JOTLEASH_ISSUER"),
		audience: audience,
		isLive:   isLive,
	}
	listen := os.Getenv("LISTEN")
	if listen == "" {
		listen = "127.0.0.1:3000"
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, service))
}

// Service greets whoever has a token that is right and alive.
type Service struct {
	keys             *Keys
	issuer, audience string
	isLive           IsLive
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	claims, err := s.check(r.Header.Get("Authorization"))
	switch {
	case err != nil:
		log.Print(err)
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	case claims == nil:
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
	default:
		fmt.Fprintf(w, "Hello %s\n", claims.Subject)
	}
}

// check gives the claims of a token that is right and alive, or nil. An error means that nobody
// can say.
func (s *Service) check(authorization string) (*Claims, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, nil
	}
	claims, err := Verify(token, s.keys, s.issuer, s.audience, "ES256")
	if errors.Is(err, ErrNoKeys) {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	live, err := s.isLive(token, claims.ID)
	if err != nil || !live {
		return nil, err
	}
	return claims, nil
}
