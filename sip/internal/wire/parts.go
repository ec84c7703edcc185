package wire

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Limits on a multipart body. The parts of all levels count.
const (
	maxParts = 16
	maxDepth = 4
)

// Part is a body, or one of the bodies that a multipart body is made of.
type Part struct {
	Type   string            // such as application/sdp, in lower case
	Params map[string]string // of the type
	Header map[string]string // by lower-case name: such as content-disposition
	Body   []byte
}

// bodied is a message with its Content-Type.
type bodied interface {
	gosip.Message
	ContentType() *gosip.ContentTypeHeader
}

// Parts returns the bodies of a message, in order and without what holds them
// together (RFC 5621); none is no fault. The text is not decoded: SIP is 8-bit
// clean (§3.1 there).
func Parts(m bodied) ([]Part, *Fault) {
	body := m.Body()
	if len(body) == 0 {
		return nil, nil
	}
	for _, coding := range Values(m, "Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return nil, &Fault{Status: 415, Why: "Content-Encoding " + coding, Extra: []string{"Accept-Encoding: identity"}}
		}
	}
	ct := m.ContentType()
	if ct == nil {
		return nil, &Fault{Status: 415, Why: "body without Content-Type"}
	}
	c := collector{left: maxParts}
	if f := c.take(Part{Header: map[string]string{"content-type": ct.Value()}, Body: body}, 0); f != nil {
		return nil, f
	}
	return c.parts, nil
}

// collector walks a body.
type collector struct {
	parts []Part
	left  int
}

// take takes a part or, if it is made of several, those.
func (c *collector) take(p Part, depth int) *Fault {
	if c.left--; c.left < -1 { // the outermost is none of the parts
		return bad("more than %d parts in the body", maxParts)
	}
	var err error
	if p.Type, p.Params, err = mime.ParseMediaType(p.Header["content-type"]); err != nil {
		p.Type = "" // RFC 2046 would have text here; nobody wants that
	}
	if !strings.HasPrefix(p.Type, "multipart/") {
		c.parts = append(c.parts, p)
		return nil
	}
	if depth == maxDepth {
		return bad("parts within parts: more than %d deep", maxDepth)
	}
	boundary := p.Params["boundary"]
	if boundary == "" || len(boundary) > 70 {
		return bad("multipart body without a boundary")
	}
	parts := multipart.NewReader(bytes.NewReader(p.Body), boundary)
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil // the end, or what is left is no part
		}
		text, err := io.ReadAll(part) // bounded: it is part of the message
		if err != nil {
			return nil
		}
		next := Part{Header: map[string]string{}, Body: text}
		for name, values := range part.Header {
			next.Header[strings.ToLower(name)] = values[0]
		}
		if f := c.take(next, depth+1); f != nil {
			return f
		}
	}
}

// SDP returns the session description of a message; none is no fault.
func SDP(m bodied) ([]byte, *Fault) {
	parts, f := Parts(m)
	if f != nil || len(m.Body()) == 0 {
		return nil, f
	}
	for _, p := range parts {
		if p.Type == "application/sdp" {
			return p.Body, nil
		}
	}
	return nil, &Fault{Status: 415, Why: "body is not a session description", Extra: []string{"Accept: application/sdp"}}
}
