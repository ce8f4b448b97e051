// A service that caches the keys as docs/verifying-tokens.md shows: it reads tokens line by line and says what it thinks of
// them. The line `fetches` asks how often it has fetched the keys.
package main

import (
	"accesstoken"
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Counts requests.
type counted struct{ fetches int }

func (c *counted) RoundTrip(request *http.Request) (*http.Response, error) {
	c.fetches++
	return transport.RoundTrip(request)
}

var transport = http.DefaultTransport

// What libfaketime puts on for other processes. Programs in Go ask the kernel for the time themselves.
func now() time.Time {
	content, err := os.ReadFile(os.Getenv("FAKETIME_TIMESTAMP_FILE"))
	if err != nil {
		return time.Now()
	}
	offset, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		panic(err)
	}
	return time.Now().Add(time.Duration(offset) * time.Second)
}

func main() {
	counter := &counted{}
	http.DefaultTransport = counter
	tokens := accesstoken.New(os.Getenv("ISSUER"), "kindred", now)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "fetches" {
			fmt.Println(counter.fetches)
			continue
		}
		claims, err := tokens.Verify(lines.Text())
		if err != nil {
			fmt.Printf("refused: %v\n", err)
			continue
		}
		fmt.Println(claims["sub"])
	}
}
