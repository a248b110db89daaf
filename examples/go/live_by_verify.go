package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// snippet:verify
// LiveByVerify asks jotleash.
func LiveByVerify(base, audience string) IsLive {
	client := http.Client{Timeout: time.Second}
	question := base + "/verify?audience=" + url.QueryEscape(audience)
	return func(token, jti string) (bool, error) {
		request, err := http.NewRequest("GET", question, nil)
		if err != nil {
			return false, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(request)
		if err != nil {
			return false, err
		}
		answer.Body.Close()
		switch answer.StatusCode {
		case http.StatusOK:
			return true, nil
		case http.StatusUnauthorized:
			return false, nil
		}
		return false, fmt.Errorf("jotleash answered %s", answer.Status)
	}
}

// snippet:end
