//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/sip/trace"
)

// dissect has tshark read a capture, with all checksums verified, and returns
// those fields of each packet. Nothing in it may be malformed.
func dissect(t *testing.T, msgs []trace.Message, fields ...string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.pcap")
	var b bytes.Buffer
	if err := trace.WritePCAP(&b, msgs); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "separator= "}
	for _, layer := range []string{"ip", "udp", "tcp"} {
		args = append(args, "-o", layer+".check_checksum:TRUE")
	}
	for _, f := range append(fields, "_ws.malformed", "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status") {
		args = append(args, "-e", f)
	}
	command := exec.Command("tshark", args...)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, complaints.Bytes())
	}
	var rows []string
	for line := range strings.Lines(string(out)) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

// TestCaptureIsReadByTshark writes messages of every transport and of both kinds
// of IP, short ones and such as need many frames of an Ethernet.
func TestCaptureIsReadByTshark(t *testing.T) {
	const head = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n"
	invite := func(padding int) string {
		return "INVITE sip:b@h SIP/2.0\r\n" + head + "X: " + strings.Repeat("x", padding) + "\r\nContent-Length: 4\r\n\r\nv=0\n"
	}
	const ok = "SIP/2.0 200 OK\r\n" + head + "Content-Length: 0\r\n\r\n"
	ports := func(ip string, port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(ip), port) }

	var msgs []trace.Message
	var want []string
	f := func(transport string, local, remote netip.AddrPort, padding int, status string) {
		at := time.Date(2026, 1, 2, 12, 0, len(msgs), 345678000, time.UTC)
		msgs = append(msgs,
			trace.Message{At: at, Transport: transport, Local: local, Remote: remote, Text: invite(padding)},
			trace.Message{At: at, Transport: transport, Local: local, Remote: remote, Text: ok, Sent: true})
		second := fmt.Sprint(1767355200+len(msgs)-2) + ".345678000"
		want = append(want,
			fmt.Sprintf("%s %d %d INVITE %s", second, remote.Port(), local.Port(), status),
			fmt.Sprintf("%s %d %d 200 %s", second, local.Port(), remote.Port(), status))
	}
	const good4, good6 = "1 1", "1" // of IP and what it carries; IPv6 has none of its own
	f("udp", ports("192.0.2.1", 5060), ports("198.51.100.7", 5062), 10, good4)
	f("udp", ports("192.0.2.1", 5060), ports("198.51.100.7", 5062), 60000, good4)
	f("udp", ports("2001:db8::1", 5060), ports("2001:db8::2", 5062), 3001, good6)
	f("tcp", ports("192.0.2.1", 5060), ports("198.51.100.7", 40000), 10, good4)
	f("tcp", ports("192.0.2.1", 5060), ports("198.51.100.7", 40000), 5000, good4)
	f("tcp", ports("2001:db8::1", 5060), ports("2001:db8::2", 40001), 60001, good6)
	f("tls", ports("192.0.2.1", 5061), ports("198.51.100.7", 40002), 2000, good4)
	f("ws", ports("192.0.2.1", 80), ports("198.51.100.7", 40003), 10, good4)
	f("wss", ports("192.0.2.1", 443), ports("198.51.100.7", 40004), 10, good4)

	got := dissect(t, msgs, "frame.time_epoch", "udp.srcport", "tcp.srcport", "udp.dstport", "tcp.dstport", "sip.Method", "sip.Status-Code")
	if !slices.Equal(got, want) {
		t.Errorf("tshark reads\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
