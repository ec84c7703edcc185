package speechtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"trunkline/speech"
	"trunkline/speech/speechtest"
	"trunkline/speech/worker"
)

func TestScriptedKeepsThePromises(t *testing.T) {
	speechtest.Recognizer(t, speechtest.NewScripted("one", "two"), speech.RecognitionOptions{Language: "en-US"})
}

func TestScriptedAnswersOnlySound(t *testing.T) {
	rec := speechtest.NewScripted("查询余额", "转账")
	f := func(pcm []int16, want string) {
		t.Helper()
		s, err := rec.Start(t.Context(), speech.RecognitionOptions{Language: "zh-CN"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(pcm); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
		if got := speechtest.Last(t, s.Results()); got.Text != want {
			t.Fatalf("got %+v; want %q", got, want)
		}
	}
	f(make([]int16, 800), "")
	f(speechtest.Tone(time.Second), "查询余额")
	f(make([]int16, 800), "")
	f(speechtest.Tone(time.Second), "转账")
	f(speechtest.Tone(time.Second), "")
	if got := len(rec.Options()); got != 5 {
		t.Fatalf("noted %d utterances; want 5", got)
	}
}

// TestRunScripted plays a session by hand: what the parent writes, what comes back.
func TestRunScripted(t *testing.T) {
	start := func(dst []byte, id string) []byte {
		return worker.AppendFrame(dst, worker.KindStart, []byte(`{"id":`+id+`,"language":"zh-CN"}`))
	}
	in := start(nil, "1")
	in = worker.AppendAudio(in, make([]int16, 160))
	in = worker.AppendFrame(in, worker.KindEnd, nil)
	in = start(in, "2")
	in = worker.AppendAudio(in, speechtest.Tone(20*time.Millisecond))
	in = worker.AppendFrame(in, worker.KindCancel, nil)
	in = start(in, "3")
	in = worker.AppendAudio(in, speechtest.Tone(20*time.Millisecond))
	in = worker.AppendFrame(in, worker.KindEnd, nil)
	var out bytes.Buffer
	if err := speechtest.RunScripted([]string{"查询<余额>"}, bytes.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`{"ready":"scripted"}`,
		`{"id":1,"started":true}`, `{"id":1,"final":""}`,
		`{"id":2,"started":true}`, `{"id":2,"partial":"查询<余额>"}`, `{"id":2,"cancelled":true}`,
		`{"id":3,"started":true}`, `{"id":3,"partial":"查询<余额>"}`, `{"id":3,"final":"查询<余额>","confidence":0.95}`,
	}, "\n") + "\n"
	if got := out.String(); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRunScriptedRefusesBrokenInput(t *testing.T) {
	f := func(in []byte) {
		t.Helper()
		var out bytes.Buffer
		if err := speechtest.RunScripted(nil, bytes.NewReader(in), &out); err == nil {
			t.Fatalf("no error for %q", in)
		}
		if !json.Valid(bytes.TrimSpace(out.Bytes())) {
			t.Fatalf("wrote %q", out.String())
		}
	}
	f([]byte("s\x05\x00\x00\x00ab"))
	f([]byte("a\xff\xff\xff\xff"))
	f([]byte("s\x00"))
	f(worker.AppendFrame(nil, worker.KindStart, []byte("{")))
	f(worker.AppendFrame(nil, 'x', nil))
}
