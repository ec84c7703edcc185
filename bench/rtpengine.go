package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"

	"trunkline/bench/load/ng"
	"trunkline/bench/relay"
)

// ngAddr is where rtpengine takes commands.
const ngAddr = "127.0.0.1:2223"

// rtpengine is Debian's rtpengine-daemon, without its kernel module, on one
// thread as we are.
func rtpengine() subject {
	return subject{name: "rtpengine", start: func(b *bench, calls int, at place) (*program, []string, error) {
		name, err := exec.LookPath("rtpengine")
		if err != nil {
			return nil, nil, errors.New("not installed (Debian rtpengine-daemon)")
		}
		p, err := b.start(measuredCPU, patience, name, "--config-file=none", "--foreground", "--log-stderr", "--log-level=3",
			"--table=-1", "--interface="+at.self, "--listen-ng="+ngAddr, "--num-threads=1",
			"--port-min=20000", "--port-max=39999", "--pidfile="+filepath.Join(b.dir, "rtpengine.pid"))
		if err != nil {
			return nil, nil, err
		}
		p.deaf = true
		legs, err := relayed(calls, at)
		if err != nil {
			p.end()
			return nil, nil, err
		}
		return p, legs, nil
	}}
}

// relayed has rtpengine set up calls, and returns their legs as relays print them.
func relayed(calls int, at place) ([]string, error) {
	c, err := ng.Dial(ngAddr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := c.Do("ping", map[string]any{}); err != nil {
		return nil, err
	}
	legs := make([]string, 0, 2*calls)
	for i := range calls {
		a, b := relay.SinkOf(2*i, 2*calls), relay.SinkOf(2*i+1, 2*calls)
		// What it answers to the offer is where the callee sends to, and so on.
		toCallee, err := port(c.Do("offer", args(i, a, at, nil)))
		if err != nil {
			return nil, err
		}
		toCaller, err := port(c.Do("answer", args(i, b, at, map[string]any{"to-tag": "b"})))
		if err != nil {
			return nil, err
		}
		legs = append(legs, fmt.Sprintf("leg %s %s %d 0", at.self, toCaller, a), fmt.Sprintf("leg %s %s %d 0", at.self, toCallee, b))
	}
	return legs, nil
}

// args describes one side of call i, which is at a sink of the generator's.
func args(i, sink int, at place, more map[string]any) map[string]any {
	all := map[string]any{
		"call-id": fmt.Sprint("bench-", i), "from-tag": "a", "ICE": "remove", "replace": []any{"origin"},
		"sdp": fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=ptime:20\r\n",
			at.remote, at.remote, relay.FirstSink+2*sink),
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

var mediaLine = regexp.MustCompile(`(?m)^m=audio (\d+) `)

// port finds the port in the SDP of an answer.
func port(answer map[string]any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	sdp, _ := answer["sdp"].(string)
	found := mediaLine.FindStringSubmatch(sdp)
	if found == nil {
		return "", fmt.Errorf("rtpengine answers without a port: %q", sdp)
	}
	return found[1], nil
}
