// Reads one token a line, and writes what go-jose makes of each.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	keys, err := FetchKeys(os.Getenv("JWKS_URL"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
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
