package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"trunkline/bench/relay"
	"trunkline/codecs"
	"trunkline/internal/netio"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/media/tap"
)

// planeConfig says what servePlane does.
type planeConfig struct {
	kind    string // of call, see kinds
	calls   int
	tier    string
	process bool // threads in a process of their own
	normal  bool // scheduled like any other
	churn   int  // MiB of heap that the control plane keeps replacing
	bind    string
	remote  string
	dir     string // of recordings
}

// args are what start gives to a copy of this program.
func (c planeConfig) args() []string {
	return []string{
		"plane", "-kind", c.kind, "-calls", fmt.Sprint(c.calls), "-tier", c.tier, "-dir", c.dir,
		fmt.Sprintf("-process=%v", c.process), fmt.Sprintf("-normal=%v", c.normal), "-churn", fmt.Sprint(c.churn),
		"-bind", c.bind, "-remote", c.remote,
	}
}

// plane is Trunkline's media plane with nothing above it: sessions that somebody
// opened, joined and told to play, as call does.
type plane struct {
	planeConfig
	engine   *media.Engine
	desk     *record.Desk
	sessions []media.Session
	local    []netip.AddrPort
	clip     *prompt.Clip
	late     media.Lateness // when figures were asked for last
}

// serveMedia is a media process.
func serveMedia([]string) error { return media.Serve() }

// servePlane sets calls up, says which process carries them if it is another, where
// their legs are, and answers each line of
// input with its figures until input ends.
func servePlane(args []string) error {
	var p plane
	f := flag.NewFlagSet("plane", flag.ContinueOnError)
	f.StringVar(&p.kind, "kind", "relay", "of call")
	f.IntVar(&p.calls, "calls", 100, "how many")
	f.StringVar(&p.tier, "tier", "t0", "of packet I/O")
	f.BoolVar(&p.process, "process", false, "media process of its own")
	f.BoolVar(&p.normal, "normal", false, "without a real-time class")
	f.IntVar(&p.churn, "churn", 0, "MiB of heap to replace all the time")
	f.StringVar(&p.bind, "bind", here, "our address")
	f.StringVar(&p.remote, "remote", here, "the generator's")
	f.StringVar(&p.dir, "dir", os.TempDir(), "for recordings")
	if err := f.Parse(args); err != nil {
		return err
	}
	netio.MoreFiles(200_000)
	if err := p.start(); err != nil {
		return err
	}
	if s, ok := p.engine.Status(); ok && p.process {
		fmt.Println("media", s.PID)
	}
	if err := p.setUp(); err != nil {
		return errors.Join(err, p.engine.Close())
	}
	if p.churn > 0 {
		go churn(p.churn) // ends with the process
	}
	p.announce()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := json.NewEncoder(os.Stdout).Encode(p.figures()); err != nil {
			return err
		}
	}
	err := p.engine.Close()
	if p.desk != nil {
		p.desk.Close()
	}
	return err
}

// start starts the threads, one of them: what is measured has one processor.
func (p *plane) start() (err error) {
	bind, err := netip.ParseAddr(p.bind)
	if err != nil {
		return err
	}
	cfg := media.Config{Shards: 1, Bind: bind, PortMin: 20000, PortMax: 39999}
	if cfg.Tier, err = netio.ParseTier(p.tier); err != nil {
		return err
	}
	if p.process {
		p.engine, err = media.Launch(cfg, media.Process{Normal: p.normal, Orphan: time.Second})
	} else {
		p.engine, err = media.New(cfg)
	}
	return err
}

// kind is a kind of call.
type kind struct {
	legs   int         // in a call; the codecs take turns
	codecs []codecs.ID //
	decode bool        // relay is forbidden
	set    func(p *plane, legs []media.Session) error
	quiet  bool // the far sides send nothing
}

// kinds of calls there are.
func kinds(name string) (kind, bool) {
	pcmu := []codecs.ID{codecs.PCMU}
	k, ok := map[string]kind{
		"relay":     {legs: 2, codecs: pcmu, set: (*plane).join},
		"mix":       {legs: 2, codecs: pcmu, decode: true, set: (*plane).join},
		"mixrecord": {legs: 2, codecs: pcmu, decode: true, set: (*plane).joinAndRecord},
		"pcma":      {legs: 2, codecs: []codecs.ID{codecs.PCMU, codecs.PCMA}, set: (*plane).join},
		"opus":      {legs: 2, codecs: []codecs.ID{codecs.PCMU, codecs.Opus}, set: (*plane).join},
		"play":      {legs: 1, codecs: pcmu, set: (*plane).play},
		"playout":   {legs: 1, codecs: pcmu, set: (*plane).play, quiet: true},
		"record":    {legs: 1, codecs: pcmu, set: (*plane).playAndRecord},
		"conf3":     {legs: 3, codecs: pcmu, set: (*plane).meet},
		"conf10":    {legs: 10, codecs: pcmu, set: (*plane).meet},
		"conf50":    {legs: 50, codecs: pcmu, set: (*plane).meet},
	}[name]
	return k, ok
}

// setUp opens all calls.
func (p *plane) setUp() error {
	k, ok := kinds(p.kind)
	if !ok {
		return fmt.Errorf("set up calls: no kind %q", p.kind)
	}
	p.clip = prompt.Join(prompt.Tone(440, 5*time.Second, -15), prompt.Tone(620, 5*time.Second, -15))
	if err := p.clip.Prepare(codecs.PCMU); err != nil {
		return err
	}
	legs := k.legs * p.calls
	for call := range p.calls {
		var near media.Session
		for leg := range k.legs {
			s, err := p.open(near, k.codecs[leg%len(k.codecs)], relay.SinkOf(call*k.legs+leg, legs), k.decode)
			if err != nil {
				return err
			}
			near = s
		}
		if err := k.set(p, p.sessions[call*k.legs:]); err != nil {
			return err
		}
	}
	return nil
}

// open opens one leg whose far side is a sink of the generator's.
func (p *plane) open(near media.Session, id codecs.ID, sink int, decode bool) (media.Session, error) {
	var s media.Session
	var local netip.AddrPort
	err := patiently(func() (err error) {
		s, local, err = p.engine.Open(near, func(msg.Event) {})
		return err
	})
	if err != nil {
		return s, err
	}
	c, _ := codecs.ByID(id)
	pay := msg.Payload{Type: c.PayloadType, Codec: id}
	remote, err := netip.ParseAddr(p.remote)
	if err != nil {
		return s, err
	}
	p.sessions, p.local = append(p.sessions, s), append(p.local, local)
	return s, wish(func() bool {
		return s.Start(msg.Params{
			Remote: netip.AddrPortFrom(remote, uint16(relay.FirstSink+2*sink)),
			Send:   pay, Accept: []msg.Payload{pay}, SendEvents: 101, AcceptEvents: 101,
			Ptime: 20 * time.Millisecond, Decode: decode,
		})
	})
}

func (p *plane) join(legs []media.Session) error {
	return wish(func() bool { return legs[0].Join(legs[1]) })
}

func (p *plane) joinAndRecord(legs []media.Session) error {
	return errors.Join(p.join(legs), p.record(legs[0]), p.record(legs[1]))
}

func (p *plane) play(legs []media.Session) error {
	return wish(func() bool { return legs[0].Play(1, -1, p.clip) })
}

func (p *plane) playAndRecord(legs []media.Session) error {
	return errors.Join(p.play(legs), p.record(legs[0]))
}

// meet lets legs enter a room of their own.
func (p *plane) meet(legs []media.Session) error {
	for _, s := range legs {
		if err := wish(func() bool { return s.Enter(msg.Room(legs[0].ID()), 8000, msg.Member{}) }); err != nil {
			return err
		}
	}
	return nil
}

// record records a leg in stereo, as call does.
func (p *plane) record(s media.Session) error {
	if p.desk == nil {
		p.desk = record.NewDesk(record.Config{})
	}
	t := tap.New(tap.Stereo, tap.Rate, 2000)
	if err := wish(func() bool { return s.Tap(t) }); err != nil {
		return err
	}
	_, err := p.desk.Start(record.Options{Path: filepath.Join(p.dir, fmt.Sprint(s.ID(), ".wav"))}, t)
	return err
}

// wish wishes until the thread has room for it.
func wish(ask func() bool) error {
	return patiently(func() error {
		if ask() {
			return nil
		}
		return media.ErrBusy
	})
}

// patiently tries what may find the thread busy, for ten seconds.
func patiently(try func() error) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if err := try(); !errors.Is(err, media.ErrBusy) || time.Now().After(deadline) {
			return err
		}
	}
}

// announce says where the legs are and who carries them.
func (p *plane) announce() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	k, _ := kinds(p.kind)
	for i, local := range p.local {
		c, _ := codecs.ByID(k.codecs[i%k.legs%len(k.codecs)])
		fmt.Fprintf(out, "leg %s %d %d %d\n", local.Addr(), local.Port(), relay.SinkOf(i, len(p.local)), c.PayloadType)
	}
	fmt.Fprintln(out, "ready")
}

// figures is what the plane says of itself.
type figures struct {
	Late      spread `json:"late"` // of ticks, µs
	Laps      uint64 `json:"laps"`
	In        uint64 `json:"in"`
	Out       uint64 `json:"out"`
	SendFull  uint64 `json:"sendFull"`
	RingLost  uint64 `json:"ringLost"`
	Mallocs   uint64 `json:"mallocs"` // heap allocations of the control plane, and of threads in it
	Scheduled string `json:"scheduled"`
}

func (p *plane) figures() figures {
	c := p.engine.Counters()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	late := c.Lateness.Since(p.late)
	p.late = c.Lateness
	us := func(q float64) float64 { return float64(late.Quantile(q)) / 1e3 }
	f := figures{
		Late: spread{P50: us(.5), P99: us(.99), P999: us(.999), Max: float64(late.Max()) / 1e3},
		Laps: c.Laps, In: c.In, Out: c.Out, SendFull: c.SendFull, RingLost: c.RingLost, Mallocs: m.Mallocs,
	}
	if s, ok := p.engine.Status(); ok {
		f.Scheduled = s.Scheduled
	}
	return f
}
