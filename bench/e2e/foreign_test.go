//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trunkline/codecs"
)

const balance = "I want to check my balance"

// sipp runs SIPp in a directory of its own until it ends by itself.
func sipp(t *testing.T, s *server, dir string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, port, _ := net.SplitHostPort(address(t))
	args = append([]string{s.sip, "-i", "127.0.0.1", "-p", port, "-nostdin", "-timeout", "50s", "-timeout_error", "-trace_err"}, args...)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		errs, _ := filepath.Glob(filepath.Join(dir, "*_errors.log"))
		for _, e := range errs {
			text, _ := os.ReadFile(e)
			t.Logf("%s:\n%s", e, text)
		}
		t.Fatalf("sipp %q: %v\n%s", args, err, out)
	}
}

// TestSIPpStockCaller: SIPp's built-in caller, which load-testers start with,
// over UDP and over TCP: every call answered, ended by its BYE, recorded once.
func TestSIPpStockCaller(t *testing.T) {
	for _, transport := range []string{"u1", "t1"} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, setup{})
			sipp(t, s, t.TempDir(), "-sn", "uac", "-s", "hotline", "-t", transport, "-m", "5", "-r", "5", "-d", "500")
			for _, c := range s.cdrs(5) {
				if c.AnsweredAt == nil || c.Cause.Code != "normal" || c.Cause.By != "caller" {
					t.Errorf("answered %v, ended with %+v; want answered and ended by the caller", c.AnsweredAt, c.Cause)
				}
				if c.Legs[0].PacketsOut == 0 {
					t.Error("the caller was sent no sound")
				}
			}
		})
	}
}

// TestSIPpSpeaks: a foreign RTP sender says a sentence; the call comes to the
// node and the recording has the question on the left, the answer on the right.
func TestSIPpSpeaks(t *testing.T) {
	s := serve(t, setup{})
	dir := t.TempDir()
	scenario, err := os.ReadFile("testdata/uac_rtp.xml")
	if err != nil {
		t.Fatal(err)
	}
	said := spoken(t, "en", balance)
	sentence := append(make([]int16, 8000), append(said, make([]int16, 24000)...)...)
	write(t, filepath.Join(dir, "scenario.xml"), scenario)
	write(t, filepath.Join(dir, "sentence.ulaw"), g711(codecs.PCMU, sentence))
	sipp(t, s, dir, "-sf", "scenario.xml", "-s", "hotline", "-m", "1")
	c := s.cdrs(1)[0]
	c.reached(t, "balance", "speech")
	hears(t, "the server", heard(t, c.Recording.Path, 0), said)
	hears(t, "the caller", heard(t, c.Recording.Path, 1), answers(t, "en", "balance"))
}

// TestSIPpHoldsThenSpeaks: a foreign caller holds for longer than the media
// time-out without sending anything, comes back with PCMA, and is understood.
func TestSIPpHoldsThenSpeaks(t *testing.T) {
	s := serve(t, setup{timeout: "2s"})
	dir := t.TempDir()
	scenario, err := os.ReadFile("testdata/uac_hold.xml")
	if err != nil {
		t.Fatal(err)
	}
	said := spoken(t, "en", balance)
	sentence := append(make([]int16, 8000), append(said, make([]int16, 12*8000)...)...)
	write(t, filepath.Join(dir, "scenario.xml"), scenario)
	write(t, filepath.Join(dir, "sentence.alaw"), g711(codecs.PCMA, sentence))
	sipp(t, s, dir, "-sf", "scenario.xml", "-s", "hotline", "-m", "1")
	c := s.cdrs(1)[0]
	c.reached(t, "balance", "speech")
	if c.Cause.By != "caller" || c.Cause.Code != "normal" {
		t.Errorf("ended with %+v, want the caller's BYE", c.Cause)
	}
	hears(t, "the server", heard(t, c.Recording.Path, 0), said)
}

// TestBaresipSpeaks: baresip calls the hotline, says a sentence from a file, and
// what it recorded contains the node's answer.
func TestBaresipSpeaks(t *testing.T) {
	s := serve(t, setup{})
	said := spoken(t, "en", balance)
	dir := t.TempDir()
	line := append(append(make([]int16, 3*8000), said...), make([]int16, 30*8000)...)
	baresip(t, dir, wavOf(t, "line.wav", line), "/dial sip:hotline@"+s.sip+";transport=udp")
	s.await("the call has come to balance and been answered there", func() bool {
		return s.happened("prompt.ended", func(e event) bool { return e.Data.Text == answerText(t, "en", "balance") })
	})
	s.hangupAll()
	c := s.cdrs(1)[0]
	c.reached(t, "balance", "speech")
	hears(t, "the server", heard(t, c.Recording.Path, 0), said)
	dumps, _ := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
	if len(dumps) != 1 {
		t.Fatalf("baresip left %d recordings of what it heard: %v", len(dumps), dumps)
	}
	s.await("baresip has written its recording", func() bool {
		info, err := os.Stat(dumps[0])
		return err == nil && info.Size() > 100_000
	})
	hears(t, "baresip", heard(t, dumps[0], 0), answers(t, "en", "balance"))
}

// softphone is how baresip is set up.
type softphone struct {
	microphone string // sound file, at rate
	codec      string // of those baresip has, "" for PCMU/8000/1
	module     string // that codec's, "" for g711
	rate       int    // of what it plays, 0 for 8000
	encryption string // "" for none, srtp-mand
	account    string // as baresip writes it, "" for one that registers nowhere
}

// baresip starts baresip with a file as its microphone and ends it with the test.
func baresip(t *testing.T, dir, microphone string, commands ...string) {
	t.Helper()
	softphone{microphone: microphone}.start(t, dir, commands...)
}

// start starts baresip and returns what ends it, which the test does at the latest.
// What it hears goes to dir.
func (s softphone) start(t *testing.T, dir string, commands ...string) (end func()) {
	t.Helper()
	config := fmt.Sprintf(`sip_listen 127.0.0.1:0
audio_player aufile,%[1]s/speaker.wav
audio_source aufile,%[2]s
audio_alert aufile,%[1]s/alert.wav
ausrc_srate %[3]d
auplay_srate %[3]d
ausrc_channels 1
auplay_channels 1
audio_txmode thread
snd_path %[1]s
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module %[4]s.so
module aufile.so
module sndfile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app debug_cmd.so
`, dir, s.microphone, cmp.Or(s.rate, 8000), cmp.Or(s.module, "g711"))
	account := cmp.Or(s.account, "<sip:tester@127.0.0.1>;regint=0") + ";audio_codecs=" + cmp.Or(s.codec, "PCMU/8000/1") + ";answermode=auto"
	if s.encryption != "" {
		account += ";mediaenc=" + s.encryption
	}
	write(t, filepath.Join(dir, "config"), []byte(config))
	write(t, filepath.Join(dir, "accounts"), []byte(account+"\n"))
	args := []string{"-f", dir}
	for _, c := range commands {
		args = append(args, "-e", c)
	}
	var out syncBuffer
	cmd := exec.Command("baresip", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("baresip:\n%s", out.String())
		}
	})
	t.Cleanup(end)
	return end
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// g711 encodes for SIPp's rtp_stream, which sends files as they are.
func g711(id codecs.ID, pcm []int16) []byte {
	c, _ := codecs.ByID(id)
	out := make([]byte, len(pcm))
	return out[:c.New(8000, codecs.Format{}).Encode(out, pcm)]
}
