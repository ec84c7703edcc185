package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trunkline/api"
)

// TestPhonesRegister: a phone proves who it is, is listed, and is called where it is,
// though its trunk has no target.
func TestPhonesRegister(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "anna")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := serving(t, "trunks: [{name: phones}]\nroutes: [{trunk: phones, to: \"*\", bridge: {trunk: phones}}]\n",
		fmt.Sprintf("registrar: {trunk: phones, users: [{user: anna, password_file: %s}]}", secret))
	c, err := net.Dial("udp", n.endpoint.Addrs()[0].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	register := func(seq int, proof string) string {
		t.Helper()
		fmt.Fprintf(c, "REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:anna@pbx.example>;tag=1\r\nTo: <sip:anna@pbx.example>\r\nCall-ID: 1@x\r\nCSeq: %d REGISTER\r\n"+
			"Contact: <sip:anna@%s>\r\n%sContent-Length: 0\r\n\r\n", c.LocalAddr(), seq, seq, c.LocalAddr(), proof)
		return receive(t, c)
	}
	challenge := register(1, "")
	nonce := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(challenge)
	if !strings.HasPrefix(challenge, "SIP/2.0 401 ") || !strings.Contains(challenge, `realm="trunkline"`) || nonce == nil {
		t.Fatalf("answer %s", challenge)
	}
	hash := func(parts ...string) string {
		sum := sha256.Sum256([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum[:])
	}
	response := hash(hash("anna", "trunkline", "s3cret"), nonce[1], "00000001", "c", "auth", hash("REGISTER", "sip:pbx.example"))
	answer := register(2, fmt.Sprintf("Authorization: Digest username=\"anna\", realm=\"trunkline\", nonce=\"%s\", uri=\"sip:pbx.example\", "+
		"algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"c\", response=\"%s\"\r\n", nonce[1], response))
	if !strings.HasPrefix(answer, "SIP/2.0 200 ") {
		t.Fatalf("answer %s", answer)
	}
	var list api.PhoneList
	n.ask("GET", "/v1/phones", "", 200, &list)
	if len(list.Phones) != 1 || list.Phones[0].User != "anna" || list.Phones[0].Address != c.LocalAddr().String() {
		t.Errorf("phones %+v", list.Phones)
	}
	n.ask("POST", "/v1/calls", `{"to": "anna", "trunk": "phones", "flow": "hotline"}`, 201, nil)
	if invite := receive(t, c); !strings.HasPrefix(invite, "INVITE sip:anna@") {
		t.Errorf("the phone got %s", invite)
	}
}

func receive(t *testing.T, c net.Conn) string {
	t.Helper()
	text := make([]byte, 8192)
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := c.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[:n])
}
