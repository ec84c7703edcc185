package worker_test

import (
	"bytes"
	"testing"

	"trunkline/speech/worker"
)

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(worker.AppendFrame(nil, worker.KindEnd, nil))
	f.Add(worker.AppendAudio(nil, []int16{1, -1}))
	f.Add([]byte("a\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := worker.ReadFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		if back := worker.AppendFrame(nil, fr.Kind, fr.Payload); !bytes.HasPrefix(b, back) {
			t.Fatalf("%q becomes %q", b, back)
		}
	})
}
