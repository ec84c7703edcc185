package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/api"
)

// TestPhonesRegister: the phones of sip.registrar have a trunk without a target, and
// a stranger without a password stays one.
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
	at := c.LocalAddr()
	fmt.Fprintf(c, "REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:anna@pbx.example>;tag=1\r\nTo: <sip:anna@pbx.example>\r\nCall-ID: 1@x\r\nCSeq: 1 REGISTER\r\n"+
		"Contact: <sip:anna@%s>\r\nContent-Length: 0\r\n\r\n", at, at)
	answer := make([]byte, 4096)
	size, err := c.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	text := string(answer[:size])
	if !strings.HasPrefix(text, "SIP/2.0 401 ") || !strings.Contains(text, `realm="trunkline"`) || !strings.Contains(text, "SHA-256") {
		t.Errorf("answer %s", text)
	}
	var list api.PhoneList
	n.ask("GET", "/v1/phones", "", 200, &list)
	if list.Phones == nil || len(list.Phones) > 0 {
		t.Errorf("phones %+v", list.Phones)
	}
	if st := n.endpoint.Trunks(); len(st) != 1 || st[0].Name != "phones" {
		t.Errorf("trunks %+v", st)
	}
}
