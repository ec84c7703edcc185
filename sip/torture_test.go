package sip

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// torture is one message of RFC 4475 and what it deserves.
type torture struct {
	name string
	text []byte
	want string // a status, or silence
}

func readTorture(t testing.TB) (list []torture, xfail map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/torture/*.sip")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d torture files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".sip") + ".want")
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".sip")
		list = append(list, torture{name, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), strings.TrimSpace(string(want))})
	}
	known, err := os.ReadFile("testdata/torture/xfail.txt")
	if err != nil {
		t.Fatal(err)
	}
	xfail = map[string]bool{}
	for line := range strings.Lines(string(known)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] != "#" {
			xfail[fields[0]] = true
		}
	}
	return list, xfail
}

// answers collects the statuses that an endpoint sends, by CSeq. Torture
// messages want their answers at hosts that do not exist, so they are caught on
// their way out.
type answers struct {
	mu   sync.Mutex
	list map[string][]string
}

func (a *answers) trace(ev TraceEvent) {
	if !ev.Sent || !bytes.HasPrefix(ev.Message, []byte("SIP/2.0 ")) {
		return
	}
	status := string(ev.Message[8:11])
	if status == "100" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	seq := headerOf(string(ev.Message), "CSeq")
	a.list[seq] = append(a.list[seq], status)
}

// of returns what was answered to the CSeq of a message; "" when nothing was.
func (a *answers) of(text []byte) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for seq, list := range a.list {
		if n, _, _ := strings.Cut(seq, " "); bytes.Contains(text, []byte(" "+seq+"\r\n")) || bytes.Contains(text, []byte(n+"\r\n")) {
			return list[0]
		}
	}
	return ""
}

func newAnswers() *answers { return &answers{list: map[string][]string{}} }

// headerOf returns the value of a header of a message written by us.
func headerOf(msg, name string) string {
	for line := range strings.SplitSeq(msg, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func options(seq int, via string) string {
	return fmt.Sprintf("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s;branch=z9hG4bKopt%d;rport\r\n"+
		"From: <sip:t@127.0.0.1>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: opt%d\r\nCSeq: %d OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		via, seq, seq, seq)
}

// TestTorture sends each message over UDP, over TCP, and over TCP in segments of
// one byte. After each, the endpoint must still answer.
func TestTorture(t *testing.T) {
	list, xfail := readTorture(t)
	for _, how := range []string{"udp", "tcp", "tcp bytewise"} {
		for i, m := range list {
			t.Run(how+"/"+m.name, func(t *testing.T) {
				got := torturedWith(t, how, i, m)
				switch {
				case xfail[m.name] && got == m.want:
					t.Errorf("passes: take %s off xfail.txt", m.name)
				case !xfail[m.name] && got != m.want:
					t.Errorf("got %s, want %s", got, m.want)
				}
			})
		}
	}
}

func torturedWith(t *testing.T, how string, i int, m torture) string {
	ans := newAnswers()
	cfg := loopback(nil)
	cfg.Trace = ans.trace
	e := open(t, cfg, func(in *Incoming) {
		in.Handle(func(Event) {})
		in.Hangup(New(Busy, ""))
	})
	probe := 700000 + i
	if how == "udp" {
		conn, err := net.Dial("udp", e.Addrs()[0].Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		mustWrite(t, conn, m.text)
		mustWrite(t, conn, []byte(options(probe, "UDP 127.0.0.1")))
		awaitLine(t, conn, "SIP/2.0 200 OK")
	} else {
		conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if how == "tcp" {
			mustWrite(t, conn, m.text)
		} else {
			for j := range m.text { // the endpoint may close before the last
				if _, err := conn.Write(m.text[j : j+1]); err != nil {
					break
				}
			}
		}
		if m.name == "clerr" { // waits for bytes that never come: closed by the timer
			awaitEnd(t, conn)
			return m.want
		}
		other, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		mustWrite(t, other, []byte(options(probe, "TCP 127.0.0.1")))
		awaitLine(t, other, "SIP/2.0 200 OK")
	}
	if m.want == "silence" {
		if got := ans.of(m.text); got != "" {
			return got
		}
		return "silence"
	}
	limit := time.After(patience)
	if _, known := readTorture(t); known[m.name] {
		limit = time.After(100 * time.Millisecond) // most of them fail in silence
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if got := ans.of(m.text); got != "" {
			return got
		}
		select {
		case <-tick.C:
		case <-limit:
			return "silence"
		}
	}
}

func mustWrite(t *testing.T, conn net.Conn, text []byte) {
	t.Helper()
	if _, err := conn.Write(text); err != nil {
		t.Fatal(err)
	}
}

// awaitLine reads until a message begins with line.
func awaitLine(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 65536)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("%q never came: %v", line, err)
		}
		if bytes.Contains(buf[:n], []byte(line)) {
			return
		}
	}
}

// awaitEnd wants the endpoint to close the connection.
func awaitEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	for {
		_, err := conn.Read(buf)
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Fatal("the connection stays open")
		}
		if err != nil {
			return
		}
	}
}
