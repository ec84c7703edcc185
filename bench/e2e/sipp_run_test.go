//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	scenarios "trunkline/bench/sipp"
)

// behaviour is one thing that SIP peers do, played by SIPp against the real
// server, with what must come of it.
type behaviour struct {
	caller string   // scenario of the collection
	callee string   // scenario of who is called by a bridge; "" when nobody is
	spare  string   // scenario of who is called in his place, at the server's spare address
	to     string   // who is called
	name   string   // where two behaviours have one caller
	args   []string // of the caller's SIPp
	ip     string   // of the caller; "" for 127.0.0.1

	calleeArgs []string // of the callee's SIPp
	bridged    bool     // who takes the call is no SIPp, and hums as a callee does

	hears, isHeard bool   // the caller hears the far side, and is heard by it
	moved          bool   // the former at the caller's second port
	pauses         int    // how often what the caller hears is interrupted
	ends           string // "CAUSE by WHOM" of the record; "" when there is no call
	leg            string // the same of the callee's leg
	check          func(outcome) error
}

// outcome is what a behaviour has left behind.
type outcome struct {
	cdr            cdr
	log            string // of the server, since the behaviour began
	caller, callee *sippSide
	spare          *sippSide // the one in the callee's place
}

// answers is who takes the call, nil when that is the server itself.
func (o outcome) answers() *sippSide {
	if o.spare != nil {
		return o.spare
	}
	return o.callee
}

func (b behaviour) title() string {
	if b.name != "" {
		return b.name
	}
	if b.callee == "" || b.callee == "uas_answers" {
		return b.caller
	}
	if b.spare != "" {
		return b.caller + " and " + b.callee + ", " + b.spare
	}
	return b.caller + " and " + b.callee
}

// The tones of the two sides.
const (
	callerHums = low
	calleeHums = high
)

// play plays behaviours against one server, one after the other, and sees after
// each that nothing is left of it.
func play(t *testing.T, s *server, behaviours ...behaviour) {
	t.Helper()
	files := s.files()
	defer func() { s.t = t }()
	for _, b := range behaviours {
		t.Run(b.title(), func(t *testing.T) {
			s.t = t                              // what goes wrong with the server is this behaviour's
			if err := b.play(t, s); err != nil { // its peers are gone: the server will find that out
				t.Error(err)
				s.hangupAll()
				s.await("the calls are over", func() bool { return s.node().Calls == 0 })
				return
			}
			s.nothingLeft()
			s.await("every file is closed", func() bool { return s.files() <= files })
		})
	}
}

// play plays one behaviour and says what went wrong.
func (b behaviour) play(t *testing.T, s *server) error {
	before, said := len(s.records()), len(s.log.String())
	var o outcome
	var err error
	if b.callee != "" {
		if o.callee, err = startSIPp(t, s, b.callee, s.agent, calleeHums, b.calleeArgs...); err != nil {
			return err
		}
	}
	if b.spare != "" {
		if o.spare, err = startSIPp(t, s, b.spare, s.spare, calleeHums); err != nil {
			return err
		}
	}
	ip := b.ip
	if ip == "" {
		ip = "127.0.0.1"
	}
	_, port, _ := net.SplitHostPort(address(t))
	o.caller, err = startSIPp(t, s, b.caller, net.JoinHostPort(ip, port), callerHums, append(b.args, "-s", b.to)...)
	if err != nil {
		return err
	}
	errCaller := o.caller.ends()
	if errCaller != nil {
		o.callee.kill()
		o.spare.kill()
	}
	if err := errors.Join(errCaller, o.callee.ends(), o.spare.ends()); err != nil {
		return err
	}
	if err := b.heard(o); err != nil {
		return err
	}
	if o.cdr, err = s.recordAfter(before, b.ends != ""); err != nil {
		return err
	}
	o.log = s.log.String()[said:]
	if err := b.ended(o.cdr); err != nil || b.check == nil {
		return err
	}
	return b.check(o)
}

// heard says who did not hear whom.
func (b behaviour) heard(o outcome) error {
	far, port := calleeHums, 0
	if o.answers() == nil && !b.bridged {
		far = callerHums // who calls nobody is called back by the echo
	}
	if b.moved {
		port = 1
	}
	var errs []error
	if b.hears {
		sound := o.caller.ear.heard(port)
		errs = append(errs, hearsOf("the caller", sound, float64(far)))
		if n := interruptions(sound, float64(far)); n != b.pauses {
			errs = append(errs, fmt.Errorf("what the caller heard was interrupted %d times, want %d", n, b.pauses))
		}
	}
	if b.isHeard {
		errs = append(errs, hearsOf("the callee", o.answers().ear.heard(0), callerHums))
	}
	return errors.Join(errs...)
}

func hearsOf(who string, sound []int16, hz float64) error {
	if got := humming(sound, hz); got < 1 {
		return fmt.Errorf("%s heard %v Hz for %.1f s in %.1f s of sound, want 1 s", who, hz, got, float64(len(sound))/8000)
	}
	return nil
}

// humming is for how many seconds in all a tone is heard.
func humming(sound []int16, hz float64) (seconds float64) {
	const frame = 400
	for ; len(sound) >= frame; sound = sound[frame:] {
		if level(sound[:frame], hz) > 0.7 {
			seconds += frame / 8000.0
		}
	}
	return seconds
}

// interruptions counts the silences of a second and more between stretches of a
// tone.
func interruptions(sound []int16, hz float64) (n int) {
	const frame = 400
	silent, begun := 0, false
	for ; len(sound) >= frame; sound = sound[frame:] {
		if level(sound[:frame], hz) < 0.7 {
			silent++
			continue
		}
		if begun && silent >= 20 {
			n++
		}
		silent, begun = 0, true
	}
	return n
}

// ended says whether a record tells of the end there should be.
func (b behaviour) ended(c cdr) error {
	if b.ends == "" {
		return nil
	}
	if got := c.Cause.Code + " by " + c.Cause.By; got != b.ends {
		return fmt.Errorf("the call ended %s, want %s", got, b.ends)
	}
	if b.leg == "" {
		return nil
	}
	if len(c.Legs) != 2 {
		return fmt.Errorf("%d legs, want 2", len(c.Legs))
	}
	if got := c.Legs[1].Cause.Code + " by " + c.Legs[1].Cause.By; got != b.leg {
		return fmt.Errorf("the callee's leg ended %s, want %s", got, b.leg)
	}
	return nil
}

// records are those of the calls that have ended.
func (s *server) records() []cdr {
	var list struct {
		CDRs []cdr `json:"cdrs"`
	}
	s.get("/v1/cdrs?limit=500", &list)
	return list.CDRs
}

// recordAfter waits for the one record of a behaviour, if there is to be one.
func (s *server) recordAfter(before int, one bool) (cdr, error) {
	s.await("the call is over", func() bool { return s.node().Calls == 0 })
	list := s.records()
	switch n := len(list) - before; {
	case n == 0 && !one:
		return cdr{}, nil
	case n == 1 && one:
		return list[0], nil
	default:
		return cdr{}, fmt.Errorf("%d records of calls", n)
	}
}

// files counts the open files of the server and of the processes it has started.
func (s *server) files() (n int) {
	pids := []string{fmt.Sprint(s.cmd.Process.Pid)}
	for line := range strings.Lines(descendants(s.cmd.Process.Pid)) {
		pids = append(pids, strings.Fields(line)[0])
	}
	for _, pid := range pids {
		entries, _ := os.ReadDir("/proc/" + pid + "/fd")
		n += len(entries)
	}
	return n
}

// sippSide is one side of a behaviour: a SIPp and an ear.
type sippSide struct {
	*ear
	scenario string
	at       string // its own address
	dir      string
	out      syncBuffer
	cmd      *exec.Cmd
	exited   chan error
}

// startSIPp starts SIPp with a scenario at an address and, when it is to be
// called, waits until it can be.
func startSIPp(t *testing.T, s *server, scenario, at string, hz float64, args ...string) (*sippSide, error) {
	t.Helper()
	text, err := scenarios.Expand(scenario)
	if err != nil {
		return nil, err
	}
	header, err := scenarios.Describe(scenario)
	if err != nil {
		return nil, err
	}
	p := &sippSide{scenario: scenario, at: at, dir: t.TempDir(), exited: make(chan error, 1)}
	write(t, filepath.Join(p.dir, "scenario.xml"), text)
	ip, port, _ := net.SplitHostPort(at)
	p.ear = listenAt(t, ip, filepath.Join(p.dir, "messages"), hz)
	server := s.sip
	if strings.Contains(ip, ":") {
		server = s.sip6
	}
	args = append([]string{server, "-sf", "scenario.xml", "-m", "1", "-i", ip, "-mi", ip, "-p", port, "-nostdin",
		"-key", "audio", fmt.Sprint(p.port(0)), "-key", "audio2", fmt.Sprint(p.port(1)),
		"-trace_msg", "-message_file", "messages", "-trace_err", "-error_file", "errors",
		"-timeout", "55", "-timeout_error", "-recv_timeout", "15000"}, args...)
	p.cmd = exec.Command("sipp", args...)
	p.cmd.Dir = p.dir
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.exited <- p.cmd.Wait() }()
	t.Cleanup(p.kill)
	if header.Plays == scenarios.Callee {
		s.await("the callee can be called", func() bool { return taken(at) })
	}
	return p, nil
}

// taken reports whether somebody listens at an address, by the system's tables: to
// try would be in the way of who is about to.
func taken(at string) bool {
	_, port, _ := net.SplitHostPort(at)
	place := fmt.Sprintf(":%04X ", number(port))
	for _, table := range []string{"udp", "udp6", "tcp", "tcp6"} {
		text, _ := os.ReadFile("/proc/net/" + table) // there may be no IPv6
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 3 && strings.HasSuffix(f[1]+" ", place) && (table[:3] == "udp" || f[3] == "0A") {
				return true
			}
		}
	}
	return false
}

// kill ends SIPp, if it has not ended.
func (p *sippSide) kill() {
	if p != nil {
		_ = p.cmd.Process.Kill()
	}
}

// ends waits for SIPp and says what it complained about. Nothing is said of a
// side that there is not.
func (p *sippSide) ends() error {
	if p == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case err := <-p.exited:
		if err == nil {
			return nil
		}
		complaints, _ := os.ReadFile(filepath.Join(p.dir, "errors"))
		messages, _ := os.ReadFile(filepath.Join(p.dir, "messages"))
		return fmt.Errorf("%s: %w\n%s\n%s", p.scenario, err, complaints, messages)
	case <-ctx.Done():
		p.kill()
		<-p.exited
		return fmt.Errorf("%s: did not end", p.scenario)
	}
}
