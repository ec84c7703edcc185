//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/media/prompt"
)

// outsider is whence callers come to a server with a registrar: everybody else must
// be a phone of its own.
const outsider = "127.0.0.9"

// phoneServer starts a server whose phone "agent7" may register, and returns the
// account of that phone as baresip writes it. Baresip 1.0 answers the first
// challenge only, and only by MD5.
func phoneServer(t *testing.T) (s *server, account string) {
	t.Helper()
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, []byte(secret+"\n"))
	s = serve(t, setup{
		bare: true, scripts: bundleOf(t, "local call = ...\n"+sippFlows["echo"]+"\n"), source: outsider + "/32",
		inner: fmt.Sprintf("  digest: {algorithms: [MD5]}\n  registrar: {trunk: phones, users: [{user: agent7, password_file: %s}]}\n",
			password),
		trunks: "  - {name: phones}\n",
		routes: "  - {to: echo, flow: main}\n  - {to: agent7, bridge: {trunk: phones, to: agent7}}\n",
	})
	return s, fmt.Sprintf("<sip:agent7@%s>;auth_pass=%s;regint=60", s.sip, secret)
}

// microphone writes half a minute of a tone.
func microphone(t *testing.T, hz int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "line.wav")
	run(t, "sox", "-n", "-r", "8000", "-b", "16", file, "synth", "30", "sine", fmt.Sprint(hz), "gain", "-10")
	return file
}

// TestBaresipIsCalled: baresip registers with a password and is called where it did;
// both hear each other, and whoever hangs up ends it for both.
func TestBaresipIsCalled(t *testing.T) {
	s, account := phoneServer(t)
	dir := t.TempDir()
	end := softphone{microphone: microphone(t, calleeHums), account: account}.start(t, dir)
	s.await("the phone has registered", func() bool { return s.phones() == 1 })
	play(t, s, behaviour{caller: "basic", to: "agent7", ip: outsider, bridged: true, hears: true, ends: byCaller, leg: byCaller})
	s.heardByBaresip(dir, callerHums)
	end()
	s.await("the phone has taken its registration back", func() bool { return s.phones() == 0 })
}

// TestBaresipCallsWithPassword: a phone of ours is asked for its password when it
// calls, and its calls come from its trunk.
func TestBaresipCallsWithPassword(t *testing.T) {
	s, account := phoneServer(t)
	dir := t.TempDir()
	end := softphone{microphone: microphone(t, low), account: account}.start(t, dir, "/dial sip:echo@"+s.sip)
	s.heardByBaresip(dir, low)
	if !strings.Contains(s.log.String(), "trunk=phones from=agent7 to=echo") {
		t.Error("the call did not come from the phones' trunk")
	}
	end()
	if c := s.cdrs(1)[0]; c.Cause.Code+" by "+c.Cause.By != byCaller {
		t.Errorf("ended %+v, want %s", c.Cause, byCaller)
	}
}

// phones counts those that have registered.
func (s *server) phones() int {
	s.t.Helper()
	var list struct {
		Phones []struct {
			User string `json:"user"`
		} `json:"phones"`
	}
	s.get("/v1/phones", &list)
	return len(list.Phones)
}

// heardByBaresip waits until baresip has heard a tone for a second.
func (s *server) heardByBaresip(dir string, hz float64) {
	s.t.Helper()
	s.await(fmt.Sprintf("baresip has heard %v Hz", hz), func() bool {
		dumps, _ := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
		if len(dumps) != 1 {
			return false
		}
		if info, err := os.Stat(dumps[0]); err != nil || info.Size() < 30_000 {
			return false
		}
		clip, err := prompt.ReadFile(s.t.Context(), dumps[0], prompt.DefaultLimits())
		return err == nil && humming(clip.PCM(), hz) >= 1
	})
}
