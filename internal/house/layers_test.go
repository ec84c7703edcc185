package house

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// layers is the picture in docs/architecture.md: imports go down, never up,
// never sideways; two directories on one line are strangers.
const layers = `
	cmd bench
	api ivr dialer acd qa
	call
	sip media speech store
	codecs dsp nlu
	scripts
	internal
`

// walls are the rules the layers cannot say: who alone may import what, and who
// must never.
var walls = []wall{
	{only: "cmd", what: "trunkline/scripts", why: "flows and menus are embedded data; hand an fs.FS down"},
	{only: "sip", or: "bench/signal/proxy", what: "github.com/emiago", why: "sip hides sipgo from everyone else"},
	{only: "ivr", what: "github.com/yuin", why: "Lua is known to ivr alone"},
	{only: "internal/netio", what: "unsafe", why: "move the trick there"},
	{only: "internal/netio", what: "golang.org/x/sys", why: "raw system calls live there"},
	{only: "codecs", what: "C", why: "a foreign library is a codec behind a build tag, or a process of its own"},
	{never: "media", what: "encoding/json", why: "the media plane speaks frames, packets and numbers"},
	{never: "media", what: "log", why: "count it, or report an event"},
	{never: "media", what: "net/http", why: "the media plane speaks frames, packets and numbers"},
	{never: "media", what: "github.com/pion/sdp", why: "negotiation happens in call/negotiate; take msg.Params"},
	{never: "ivr", what: "github.com/pion", why: "flows never see a SIP message or an RTP packet"},
	{never: "api", what: "github.com/pion", why: "the API never sees a SIP message or an RTP packet"},
	{never: "dialer", what: "github.com/pion", why: "the dialer never sees a SIP message or an RTP packet"},
}

// A wall says that what, and all below it, is imported by only alone, and by or
// where something is compared with it; or by never not at all.
type wall struct{ only, or, never, what, why string }

func TestImportsGoDown(t *testing.T) {
	keep(t, importsGoDown)

	f := func(want, name, imp string) {
		t.Helper()
		trip(t, importsGoDown, want, name, "package p\nimport _ \""+imp+"\"\n")
	}
	f("", "call/c.go", "trunkline/media/msg")
	f("", "call/negotiate/n.go", "trunkline/sip/sdp")
	f("", "call/c_test.go", "trunkline/ivr")
	f("", "media/m.go", "trunkline/media/internal/shard")
	f("", "cmd/trunkline/main.go", "trunkline/scripts")
	f("", "speech/pocketsphinx/p.go", "trunkline/speech")
	f("may not import call", "media/m.go", "trunkline/call")
	f("may not import sip", "media/m.go", "trunkline/sip")
	f("may not import codecs", "dsp/d.go", "trunkline/codecs")
	f("may not import api", "internal/clock/c.go", "trunkline/api")
	f("is in no layer", "util/u.go", "fmt")
	f("imported by cmd alone", "ivr/i.go", "trunkline/scripts")
	f("imported by sip alone", "call/c.go", "github.com/emiago/sipgo/sip")
	f("imported by sip alone", "bench/b.go", "github.com/emiago/sipgo/sip")
	f("", "bench/signal/proxy/p.go", "github.com/emiago/sipgo/sip")
	f("imported by internal/netio alone", "media/m.go", "unsafe")
	f("must not import log/slog", "media/m.go", "log/slog")
	f("must not import encoding/json", "media/internal/shard/s.go", "encoding/json")
	f("must not import github.com/pion/sdp/v3", "media/m.go", "github.com/pion/sdp/v3")
	f("", "speech/pocketsphinx/p.go", "trunkline/speech/worker")
	f("providers are strangers", "speech/espeak/e.go", "trunkline/speech/pocketsphinx")
}

func importsGoDown(tr *tree) (complaints []string) {
	level := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(layers), "\n") {
		for _, dir := range strings.Fields(line) {
			level[dir] = 100 - i
		}
	}
	for _, f := range tr.files {
		if f.test() {
			continue // a test may look anywhere
		}
		from := top(f.name)
		if level[from] == 0 {
			complaints = append(complaints, fmt.Sprintf(
				"%s: %q is in no layer: move the file, or draw the layer in house and docs/architecture.md", f.name, from))
		}
		for _, spec := range f.ast.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(imp, module)
			if ours && top(to) != from && level[top(to)] >= level[from] {
				complaints = append(complaints, fmt.Sprintf(
					"%s: %s may not import %s: imports go down; move the code, or let cmd hand it over as an interface",
					tr.at(spec), from, to))
			}
			if why := f.walled(imp); why != "" {
				complaints = append(complaints, tr.at(spec)+": "+why)
			}
		}
	}
	return complaints
}

// walled says which wall stands between f and an import, if one does.
func (f *file) walled(imp string) string {
	for _, w := range walls {
		if !below(imp, w.what) {
			continue
		}
		if w.only != "" && !f.in(w.only) && (w.or == "" || !f.in(w.or)) {
			return fmt.Sprintf("%s is imported by %s alone: %s", imp, w.only, w.why)
		}
		if w.never != "" && f.in(w.never) {
			return fmt.Sprintf("%s must not import %s: %s", w.never, imp, w.why)
		}
	}
	// Providers share nothing but what runs their processes, speech/worker.
	mine, theirs := second(f.name), second(strings.TrimPrefix(imp, module)+"/")
	if f.in("speech") && below(imp, module+"speech") && theirs != "" && mine != theirs && theirs != "worker" {
		return fmt.Sprintf("speech/%s must not import %s: providers are strangers; move what both need to speech", mine, imp)
	}
	return ""
}

// below reports whether an import path is what or lies below it.
func below(imp, what string) bool { return imp == what || strings.HasPrefix(imp, what+"/") }

// top is the first directory of a path.
func top(p string) string { dir, _, _ := strings.Cut(p, "/"); return dir }

// second is the second directory of a file's path, or nothing.
func second(p string) string {
	parts := strings.Split(p, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}
