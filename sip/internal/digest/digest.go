// Package digest is HTTP digest authentication for SIP (RFC 3261 §22, RFC 7616,
// RFC 8760), both ways: a Client answers the challenges of one peer, a Verifier
// challenges and says who has proven to be whom.
//
// It works on headers alone: no sockets, no files, no log, and passwords never
// leave it. Memory is bounded whatever arrives. Both types may be used by any
// goroutine. Packages below sip use it. How:
//
//   - Requests of ours: Client.Sign before the first sending; on 401 or 407 a new
//     request (next CSeq, new branch) and Client.Answer with the same Attempt. The
//     ACK to a refusal or a 2xx repeats what its INVITE had: Repeat. Requests
//     within calls that were placed to us are not signed and not answered.
//   - Requests of others, but ACK and CANCEL, which cannot be challenged: Verify,
//     and unless the verdict is OK its Status and Headers as the answer.
//
// Headers are read and written here rather than by icholy/digest, which sipgo
// brings: that reads "auth, auth-int" as no auth, knows neither tabs nor all token
// characters, takes the last of two equal parameters, negative counts, and writes
// Go's escapes. The tests hold our arithmetic against it.
package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Algorithm is the hash, by its name in RFC 8760 §2.1. The "-sess" variants are
// not spoken: nobody in SIP uses them.
type Algorithm string

// The algorithms we speak.
const (
	MD5       Algorithm = "MD5"
	SHA256    Algorithm = "SHA-256"
	SHA512256 Algorithm = "SHA-512-256"
)

// ParseAlgorithm returns the algorithm of that name; the empty name is MD5
// (RFC 3261 §22.4). ok is false for one that we do not speak.
func ParseAlgorithm(name string) (a Algorithm, ok bool) {
	if name == "" {
		return MD5, true
	}
	for _, a := range []Algorithm{SHA256, SHA512256, MD5} {
		if strings.EqualFold(name, string(a)) {
			return a, true
		}
	}
	return "", false
}

// sum hashes parts with colons between them.
func (a Algorithm) sum(parts ...string) string {
	var h hash.Hash
	switch a {
	case SHA256:
		h = sha256.New()
	case SHA512256:
		h = sha512.New512_256()
	default:
		h = md5.New()
	}
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// As says who asks for credentials: the server itself, or a proxy before it. It
// decides the status and the header names (RFC 3261 §22.2, §22.3).
type As int

// Who may ask.
const (
	AsServer As = iota // 401, WWW-Authenticate, Authorization
	AsProxy            // 407, Proxy-Authenticate, Proxy-Authorization
)

// Status is the status of a response that asks.
func (a As) Status() int {
	if a == AsProxy {
		return 407
	}
	return 401
}

// challengeHeader is where the challenge stands.
func (a As) challengeHeader() string {
	if a == AsProxy {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

// credentialsHeader is where the answer stands.
func (a As) credentialsHeader() string {
	if a == AsProxy {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

// Repeat puts the credentials of one request on another in place of its own, as
// the ACK to an INVITE wants (RFC 3261 §22.1).
func Repeat(to, from *gosip.Request) {
	for _, as := range []As{AsServer, AsProxy} {
		remove(to, as)
		for _, h := range from.GetHeaders(as.credentialsHeader()) {
			to.AppendHeader(gosip.HeaderClone(h))
		}
	}
}

// remove takes all credentials of a kind off a request.
func remove(req *gosip.Request, as As) {
	for _, h := range req.GetHeaders(as.credentialsHeader()) {
		req.RemoveHeader(h.Name())
	}
}
