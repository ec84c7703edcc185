package stir

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"trunkline/sip/internal/grammar"
)

// Bounds, in bytes. A PASSporT has a few hundred.
const (
	maxIdentities = 4 // Identity headers that are looked at
	maxHeader     = 8 << 10
	maxPart       = 4 << 10 // of a token, decoded
	maxURL        = 512
	maxNumbers    = 16 // in dest
)

// Kinds of PASSporT that are understood.
const (
	shaken = "shaken"
	div    = "div"
)

// head is the JOSE header, its members in the order of RFC 8225 §9.
type head struct {
	Alg string `json:"alg"`
	Ppt string `json:"ppt"`
	Typ string `json:"typ"`
	X5u string `json:"x5u"`
}

// claims are the payload, in the same order.
type claims struct {
	Attest Attest  `json:"attest,omitempty"`
	Dest   numbers `json:"dest"`
	Div    *number `json:"div,omitempty"`
	Iat    int64   `json:"iat"`
	Orig   number  `json:"orig"`
	OrigID string  `json:"origid,omitempty"`
}

type number struct {
	TN string `json:"tn"`
}

type numbers struct {
	TN []string `json:"tn"`
}

// passport is an Identity header that has been read, and not yet believed.
type passport struct {
	head
	claims
	signed    string // what the signature is over
	signature []byte
}

// errIgnored is a kind of PASSporT that is not for us: it counts as not there
// (RFC 8224 §6.2, step 1).
var errIgnored = errors.New("extension is not supported")

// b64 takes one way of writing only: no padding, no stray bits.
var b64 = base64.RawURLEncoding.Strict()

// encode writes JSON without spaces, and with & and < as they are.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("encode PASSporT: " + err.Error()) // strings and integers
	}
	return b64.EncodeToString(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// readIdentity reads the value of an Identity header:
// token;info=<https://…>;alg=ES256;ppt="shaken" (RFC 8224 §4).
func readIdentity(value string) (*passport, *Problem) {
	if len(value) > maxHeader {
		return nil, problem(438, "header of %d bytes", len(value))
	}
	parts := grammar.Split(value, ';')
	p, err := readToken(parts[0])
	if errors.Is(err, errIgnored) {
		return nil, nil
	}
	if err != nil {
		return nil, problem(438, "%v", err)
	}
	if alg, ok := grammar.Param(parts[1:], "alg"); ok && !strings.EqualFold(alg, p.Alg) {
		return nil, problem(438, "alg is %.20q outside and %s inside", alg, p.Alg)
	}
	if ppt, ok := grammar.Param(parts[1:], "ppt"); ok && ppt != p.Ppt {
		return nil, problem(438, "ppt is %.20q outside and %s inside", ppt, p.Ppt)
	}
	info, _ := grammar.Param(parts[1:], "info")
	if info = strings.TrimSuffix(strings.TrimPrefix(info, "<"), ">"); info != p.X5u {
		return nil, problem(436, "info is not x5u")
	}
	if u, err := url.Parse(p.X5u); err != nil || u.Scheme != "https" || u.Host == "" || len(p.X5u) > maxURL {
		return nil, problem(436, "x5u is not an https address")
	}
	return p, nil
}

func problem(status int, format string, args ...any) *Problem {
	return &Problem{Status: status, Text: grammar.Clean(fmt.Sprintf(format, args...), 200)}
}

// readToken reads header.payload.signature.
func readToken(token string) (*passport, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("token has not three parts")
	}
	if parts[0] == "" || parts[1] == "" {
		return nil, errors.New("compact form is not supported")
	}
	p := &passport{signed: parts[0] + "." + parts[1]}
	h, err := members(parts[0])
	if err == nil {
		err = p.readHead(h)
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	c, err := members(parts[1])
	if err == nil {
		err = p.readClaims(c)
	}
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	if p.signature, err = b64.DecodeString(parts[2]); err != nil || len(p.signature) != 64 {
		return nil, errors.New("signature is not 64 bytes of base64url")
	}
	return p, nil
}

// object is a JSON object by the exact names of its members: decoding into a struct
// would take "ALG" for "alg", which a verifier elsewhere does not.
type object map[string]json.RawMessage

func members(part string) (object, error) {
	if b64.DecodedLen(len(part)) > maxPart {
		return nil, fmt.Errorf("%d bytes", len(part))
	}
	text, err := b64.DecodeString(part)
	if err != nil {
		return nil, errors.New("not base64url")
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil || o == nil {
		return nil, errors.New("not a JSON object")
	}
	return o, nil
}

// get reads a member; one that is not there, or of another type, is an error.
func get[T any](o object, name string) (v T, err error) {
	raw, ok := o[name]
	if !ok {
		return v, fmt.Errorf("%s is missing", name)
	}
	if err := json.Unmarshal(raw, &v); err != nil || string(raw) == "null" {
		return v, fmt.Errorf("%s is of another type", name)
	}
	return v, nil
}

func (p *passport) readHead(o object) (err error) {
	if p.Alg, err = get[string](o, "alg"); err != nil {
		return err
	}
	if p.Alg != "ES256" {
		return fmt.Errorf("alg %.20q, only ES256 is used", p.Alg)
	}
	if p.Typ, err = get[string](o, "typ"); err != nil || p.Typ != "passport" {
		return errors.New("typ is not passport")
	}
	if _, ok := o["crit"]; ok {
		return errors.New("crit is not supported")
	}
	if _, ok := o["ppt"]; !ok {
		return errIgnored
	}
	if p.Ppt, err = get[string](o, "ppt"); err != nil {
		return err
	}
	if p.Ppt != shaken && p.Ppt != div {
		return errIgnored
	}
	p.X5u, err = get[string](o, "x5u")
	return err
}

func (p *passport) readClaims(o object) (err error) {
	if p.Iat, err = get[int64](o, "iat"); err != nil {
		return err
	}
	if p.Orig.TN, err = readNumber(o, "orig"); err != nil {
		return err
	}
	dest, err := get[object](o, "dest")
	if err != nil {
		return err
	}
	if p.Dest.TN, err = get[[]string](dest, "tn"); err != nil || len(p.Dest.TN) == 0 || len(p.Dest.TN) > maxNumbers {
		return errors.New("dest has no numbers, or too many")
	}
	for i, tn := range p.Dest.TN {
		p.Dest.TN[i] = Canonical(tn)
	}
	if p.Ppt == div {
		tn, err := readNumber(o, "div")
		p.Div = &number{tn}
		return err
	}
	if p.Attest, err = get[Attest](o, "attest"); err != nil || !slices.Contains([]Attest{Full, Partial, Gateway}, p.Attest) {
		return errors.New("attest is not A, B or C")
	}
	p.OrigID, err = get[string](o, "origid")
	p.OrigID = grammar.Clean(p.OrigID, 64)
	return err
}

// readNumber reads {"tn":"12155550100"}.
func readNumber(o object, name string) (string, error) {
	who, err := get[object](o, name)
	if err != nil {
		return "", err
	}
	tn, err := get[string](who, "tn")
	if err != nil || Canonical(tn) == "" {
		return "", fmt.Errorf("%s has no number", name)
	}
	return Canonical(tn), nil
}
