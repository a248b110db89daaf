// Reads one token a line, and writes what golang-jwt makes of each.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	keys := &Keys{URL: os.Getenv("JWKS_URL")}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		_, err := Verify(input.Text(), keys, os.Getenv("ISSUER"), os.Getenv("AUDIENCE"), os.Getenv("ALGORITHM"))
		if err != nil {
			fmt.Printf("refused: %v\n", err)
		} else {
			fmt.Println("accepted")
		}
	}
}
