package trace

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// golden holds an output against a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s", path, got)
	}
}

// request and response make messages of a call, with a body if there is one.
func request(method, id string, body ...string) string {
	return finish(method+" sip:200@h SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7\r\nCall-ID: "+id+"\r\nCSeq: 1 "+method, body)
}

func response(status, id, method string, body ...string) string {
	return finish("SIP/2.0 "+status+"\r\nVia: SIP/2.0/UDP 198.51.100.7\r\nCall-ID: "+id+"\r\nCSeq: 1 "+method, body)
}

func finish(head string, body []string) string {
	text := strings.Join(body, "")
	if text != "" {
		head += "\r\nContent-Type: application/sdp"
	}
	return head + "\r\n\r\n" + text
}

// describe makes a description of one media line.
func describe(addr, mline string, attributes ...string) string {
	d := "v=0\r\no=- 1 1 IN IP4 " + addr + "\r\ns=-\r\nc=IN IP4 " + addr + "\r\nt=0 0\r\nm=" + mline + "\r\n"
	for _, a := range attributes {
		d += "a=" + a + "\r\n"
	}
	return d
}

// aCall is a call from alice through us to bob, with what may befall it.
func aCall() []Message {
	offer := describe("198.51.100.7", "audio 4000 RTP/AVP 8 0 9 3 101", "rtpmap:101 telephone-event/8000")
	answer := describe("203.0.113.9", "audio 6000 RTP/SAVP 8", "sendonly", "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz")
	r := New(Config{Bytes: 1 << 20})
	for _, ev := range []Event{
		received(0, alice, request("INVITE", "a", offer)),
		sent(1, alice, response("100 Trying", "a", "INVITE")),
		sent(4, bob, request("INVITE", "b", offer)),
		sent(504, bob, request("INVITE", "b", offer)),
		received(520, bob, response("183 接続中の電話です、しばらくお待ちください。", "b", "INVITE", "rubbish\r\nv=0\r\nrubbish")),
		received(1520, bob, response("200 O\x1b[31mK", "b", "INVITE", answer)),
		sent(1521, bob, request("ACK", "b")),
		sent(1522, alice, response("200 OK", "a", "INVITE", strings.Replace(answer, "203.0.113.9", "192.0.2.1", 2)+
			"m=image 0 udptl t38\r\nm=video 7000 RTP/AVP 99\r\nm=audio 0 RTP/AVP 8\r\n")),
		received(1530, alice, request("ACK", "a")),
		received(61530, alice, "\x00\xff\r\nCall-ID: a\r\n\r\n"),
		received(61531, alice, request("BYE", "a")),
	} {
		r.Record(ev)
	}
	msgs := r.Messages("a", "b")
	msgs[len(msgs)-2].Missing = 12
	return msgs
}

func TestLadder(t *testing.T) {
	var b bytes.Buffer
	if err := WriteLadder(&b, aCall()); err != nil {
		t.Fatal(err)
	}
	golden(t, "ladder.txt", b.Bytes())

	b.Reset()
	if err := WriteLadder(&b, nil); err != nil || b.Len() != 0 {
		t.Errorf("of nothing: %v, %q", err, b.Bytes())
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := WriteText(&b, aCall()); err != nil {
		t.Fatal(err)
	}
	golden(t, "text.txt", b.Bytes())
}

func TestRow(t *testing.T) {
	f := func(want string, left, right int, text string) {
		t.Helper()
		r := newRow(10)
		r[8] = "|"
		r.put(left, right, text)
		if got := strings.TrimSuffix(r.String(), "\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("  abc   |", 2, 8, "abc")
	f("  abcdef|", 2, 8, "abcdef")
	f("  abcde…|", 2, 8, "abcdefg")
	f("  電話  |", 2, 8, "電話")
	f("  電話中|", 2, 8, "電話中")
	f("  電話… |", 2, 8, "電話中断")
	f("  a電話…|", 2, 8, "a電話中断")
	f("  e\u0301a    |", 2, 8, "e\u0301a")
	f("  ·[31m·|", 2, 8, "\x1b[31m\u202e")
	f("        |", 2, 2, "a")
	f("  …     |", 2, 3, "ab")
}

// FuzzLadder holds that whatever peers send, no row is wider than the ladder, and
// nothing that a terminal obeys is written.
func FuzzLadder(f *testing.F) {
	f.Add([]byte(request("INVITE", "a", describe("1.2.3.4", "audio 1 RTP/AVP 8"))), []byte("SIP/2.0 200 電話\r\nCSeq: 1 A\r\n\r\nv=0\r\nm=x"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		msgs := []Message{
			{At: noon, Remote: alice, Local: us, Text: string(first)},
			{At: noon, Remote: bob, Local: us, Text: string(second), Sent: true, Repeated: true},
		}
		var b bytes.Buffer
		if err := WriteLadder(&b, msgs); err != nil {
			t.Fatal(err)
		}
		limit := len(newLadder(msgs).row())
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := len(cells(line)); n > limit || !utf8.ValidString(line) || strings.ContainsAny(line, "\x1b\r\x00\u202e") {
				t.Fatalf("%d cells of %d: %q", n, limit, line)
			}
		}
		b.Reset()
		if err := WriteText(&b, msgs); err != nil || bytes.ContainsAny(b.Bytes(), "\x1b\r\x00\u202e") || !utf8.Valid(b.Bytes()) {
			t.Fatalf("%v: %q", err, b.Bytes())
		}
	})
}
