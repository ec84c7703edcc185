package negotiate

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"trunkline/codecs"
	"trunkline/media/msg"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata/*.txtar")

// local is the leg every file negotiates for; "codecs" in the file's comment
// narrows what it speaks.
func local(t *testing.T, comment string) Local {
	t.Helper()
	l := Local{Addr: netip.MustParseAddrPort("192.0.2.10:20000"), SessionID: 1, Version: 1}
	speak := []string{"PCMU", "PCMA"}
	for line := range strings.Lines(comment) {
		if rest, ok := strings.CutPrefix(line, "codecs:"); ok {
			speak = strings.Fields(rest)
		}
		switch strings.TrimSpace(line) {
		case "srtp: optional":
			l.Secure, l.Own = SecureOptional, fixedKeys()
		case "srtp: required":
			l.Secure, l.Own = SecureRequired, fixedKeys()
		case "rtcp-mux":
			l.Mux = true
		}
	}
	for _, name := range speak {
		c, ok := codecs.ByName(name, 0)
		if !ok {
			t.Fatalf("no codec %s", name)
		}
		l.Codecs = append(l.Codecs, c.ID)
	}
	return l
}

// fixedKeys are keys that golden files can quote.
func fixedKeys() (list []msg.Keys) {
	for i, suite := range []msg.Suite{msg.AES128SHA1With80, msg.AES256GCM} {
		k := msg.Keys{Suite: suite}
		for j := range k.Key[:16+16*i] {
			k.Key[j] = byte(i + 1)
		}
		list = append(list, k)
	}
	return list
}

// shown is msg.Params for people.
type shown struct {
	Remote       string
	Control      string `json:",omitempty"`
	Mux          bool   `json:",omitempty"`
	Send         string
	Format       *codecs.Format `json:",omitempty"`
	Rate         int            `json:",omitempty"`
	Accept       []string
	SendEvents   uint8
	AcceptEvents uint8
	MoreEvents   []int  `json:",omitempty"`
	EventClock   int    `json:",omitempty"`
	Keys         string `json:",omitempty"`
	Secure       uint8  `json:",omitempty"`
	PtimeMS      int64
	Sends        bool
	Receives     bool
}

func show(p msg.Params) shown {
	name := func(p msg.Payload) string {
		c, _ := codecs.ByID(p.Codec)
		if p.Type != c.PayloadType {
			return fmt.Sprintf("%s as %d", c.Name, p.Type)
		}
		return c.Name
	}
	s := shown{
		Remote: p.Remote.String(), Send: name(p.Send), SendEvents: p.SendEvents, AcceptEvents: p.AcceptEvents,
		PtimeMS: p.Ptime.Milliseconds(), Sends: p.Direction.Sends(), Receives: p.Direction.Receives(),
	}
	for _, a := range p.Accept {
		s.Accept = append(s.Accept, name(a))
	}
	if p.Control.IsValid() {
		s.Control = p.Control.String()
	}
	if p.Send.Format != (codecs.Format{}) {
		s.Format = &p.Send.Format
	}
	if p.Rate != 8000 {
		s.Rate = p.Rate
	}
	for _, e := range p.MoreEvents {
		if e != 0 {
			s.MoreEvents = append(s.MoreEvents, int(e))
		}
	}
	s.EventClock = p.EventClock
	s.Keys = []string{"", "tones", "signalling"}[p.Keys]
	s.Mux, s.Secure = p.Mux, uint8(p.Secure.Theirs.Suite)
	return s
}

// TestFiles runs testdata/*.txtar. A file holds offer.sdp, or answer-to-ours.sdp
// when the offer was ours; expected are answer.sdp and params.json, or error.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runFile(t, file) })
	}
}

func runFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(text)
	got := &txtar.Archive{Comment: a.Comment, Files: a.Files[:1]}
	l, in := local(t, string(a.Comment)), wire(a.Files[0].Data)
	var p msg.Params
	if a.Files[0].Name == "answer-to-ours.sdp" {
		p, err = Accept(l, in)
	} else {
		var body []byte
		body, p, err = Answer(in, l)
		if err == nil {
			got.Files = append(got.Files, txtar.File{Name: "answer.sdp", Data: []byte(strings.ReplaceAll(string(body), "\r\n", "\n"))})
		}
	}
	if err != nil {
		got.Files = append(got.Files, txtar.File{Name: "error", Data: []byte(err.Error() + "\n")})
	} else {
		params, _ := json.MarshalIndent(show(p), "", " ")
		got.Files = append(got.Files, txtar.File{Name: "params.json", Data: append(params, '\n')})
	}
	out := txtar.Format(got)
	if *update {
		if err := os.WriteFile(file, out, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(out) != string(text) {
		t.Errorf("got\n%s\nwant\n%s", out, text)
	}
}

func wire(text []byte) []byte { return []byte(strings.ReplaceAll(string(text), "\n", "\r\n")) }

// TestOfferIsAnswered lets our offer be answered by ourselves.
func TestOfferIsAnswered(t *testing.T) {
	a, b := local(t, ""), local(t, "codecs: PCMA")
	offer, err := Offer(a)
	if err != nil {
		t.Fatal(err)
	}
	answer, atB, err := Answer(offer, b)
	if err != nil {
		t.Fatal(err)
	}
	atA, err := Accept(a, answer)
	if err != nil {
		t.Fatal(err)
	}
	if atA.Send.Codec != codecs.PCMA || atB.Send.Codec != codecs.PCMA {
		t.Errorf("a sends %v, b sends %v, want PCMA both", atA.Send, atB.Send)
	}
	if atA.SendEvents != eventType || atB.SendEvents != eventType {
		t.Errorf("telephone-events: a %d, b %d, want %d", atA.SendEvents, atB.SendEvents, eventType)
	}
}

func TestUnknownCodecIsNotOffered(t *testing.T) {
	if _, err := Offer(Local{Addr: netip.MustParseAddrPort("192.0.2.10:20000"), Codecs: []codecs.ID{200}}); err == nil {
		t.Error("no error for a codec that is not in the table")
	}
}

// FuzzAnswer holds: any offer is refused with an error or answered with
// something that can be accepted.
func FuzzAnswer(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire(txtar.Parse(text).Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, offer []byte) {
		l := local(t, "")
		answer, p, err := Answer(offer, l)
		if err != nil {
			return
		}
		if p.Send.Codec == codecs.None || p.Ptime < minPtime || len(p.Accept) == 0 {
			t.Fatalf("answered with %+v", p)
		}
		if _, err := Accept(l, answer); err != nil && !errors.Is(err, errNoAudio) {
			t.Fatalf("our answer cannot be read: %v\n%s", err, answer)
		}
	})
}
