package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// snippet:redis
// LiveByRedis asks Redis.
func LiveByRedis(url string) IsLive {
	pool := &redis.Pool{
		MaxIdle:     8,
		IdleTimeout: time.Minute,
		Dial: func() (redis.Conn, error) {
			return redis.DialURL(url, redis.DialConnectTimeout(time.Second),
				redis.DialReadTimeout(time.Second), redis.DialWriteTimeout(time.Second))
		},
	}
	return func(token, jti string) (bool, error) {
		connection := pool.Get()
		defer connection.Close()
		slot, tail, _ := strings.Cut(jti, ".")
		value, err := redis.String(connection.Do("GET", "jl:{"+slot+"}:t:"+tail))
		if errors.Is(err, redis.ErrNil) {
			return false, nil
		}
		return err == nil && value == digest(token), err
	}
}

// digest is what jotleash keeps of a token: the first 16 bytes of SHA-256 of its header and payload.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token[:strings.LastIndex(token, ".")]))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// snippet:end
