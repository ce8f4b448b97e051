// Package accesstoken reads access tokens of Kindred.
package accesstoken

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokens.signing_algorithm of the service. It is never taken from a token.
const algorithm = "ES256"

// The keys are fetched again after five minutes, and for a key that is not known, but not more often than every 30 seconds.
// While they cannot be fetched, the old ones count for an hour.
const (
	fresh   = 5 * time.Minute
	pause   = 30 * time.Second
	longest = time.Hour
)

// Sessions with one of these claims may do nothing but change the password, or enroll a second factor.
var limiting = []string{
	"https://kindred.dev/claims/password_change_required",
	"https://kindred.dev/claims/mfa_enrollment_required",
}

// Verifier verifies tokens of one issuer. Goroutines may share it.
type Verifier struct {
	issuer string
	parser *jwt.Parser
	now    func() time.Time

	mutex          sync.Mutex
	keys           map[string]*ecdsa.PublicKey
	fetched, asked time.Time
}

// New fetches nothing: the first token does. The clock is time.Now, unless a test has another one.
func New(issuer, audience string, now func() time.Time) *Verifier {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{algorithm}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(time.Minute),
		jwt.WithTimeFunc(now),
	)
	return &Verifier{issuer: issuer, parser: parser, now: now}
}

// Verify gives the claims of a valid token.
func (v *Verifier) Verify(text string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	token, err := v.parser.ParseWithClaims(text, claims, v.key)
	if err != nil {
		return nil, err
	}
	if token.Header["typ"] != "at+jwt" {
		return nil, errors.New("not an access token")
	}
	for _, required := range []string{"sub", "client_id", "iat", "jti"} { // RFC 9068 §2.2
		if claims[required] == nil || claims[required] == "" {
			return nil, fmt.Errorf("the token has no %s", required)
		}
	}
	for _, claim := range limiting {
		if claims[claim] == true {
			return nil, errors.New("the session is limited")
		}
	}
	return claims, nil
}

func (v *Verifier) key(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	v.mutex.Lock()
	defer v.mutex.Unlock()
	age, wait := v.now().Sub(v.fetched), v.now().Sub(v.asked)
	if (age > fresh || v.keys[id] == nil) && wait > pause {
		v.asked = v.now()
		if keys, err := fetch(v.issuer + "/.well-known/jwks.json"); err == nil {
			v.keys, v.fetched, age = keys, v.asked, 0
		}
	}
	if age > longest {
		return nil, errors.New("the keys cannot be fetched")
	}
	if key := v.keys[id]; key != nil {
		return key, nil
	}
	return nil, errors.New("the key is not known")
}

func fetch(url string) (map[string]*ecdsa.PublicKey, error) {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	var set struct {
		Keys []struct{ Alg, Kid, X, Y string }
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, jwk := range set.Keys {
		x, errX := base64.RawURLEncoding.DecodeString(jwk.X)
		y, errY := base64.RawURLEncoding.DecodeString(jwk.Y)
		if jwk.Alg == algorithm && errX == nil && errY == nil {
			keys[jwk.Kid] = &ecdsa.PublicKey{
				Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y),
			}
		}
	}
	return keys, nil
}
