package house

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the directories whose code is a function of its arguments: no clock,
// no goroutine, no lock, no file, no socket.
var pure = []string{
	"media/internal/session", "media/jitter", "media/mix",
	"codecs", "dsp", "nlu", "call/negotiate", "dialer/pacing",
}

func TestNoClockInPureCode(t *testing.T) {
	keep(t, noClockInPureCode)

	f := func(want, imp, body string) {
		t.Helper()
		text := "package p\nimport x \"" + imp + "\"\nfunc f() { " + body + " }\n"
		trip(t, noClockInPureCode, want, "media/jitter/j.go", text)
		trip(t, noClockInPureCode, "", "media/jitter/j_test.go", text)
		trip(t, noClockInPureCode, "", "call/c.go", text)
	}
	f("", "time", "_ = x.Second")
	f("", "net/netip", "_ = x.AddrPort{}")
	f("", "time", "x := y; x.Now()") // not the package
	f("reads the clock", "time", "x.Now()")
	f("reads the clock", "time", "_ = x.Now")
	f("reads the clock", "time", "x.NewTimer(0)")
	f("starts a goroutine", "time", "go f()")
	f("locks", "sync", "var mu x.Mutex; _ = mu")
	f("imports net/http", "net/http", "_ = x.Get")
	f("imports os", "os", "_ = x.Args")
}

func noClockInPureCode(tr *tree) (complaints []string) {
	say := func(n ast.Node, what string) { complaints = append(complaints, tr.at(n)+": "+what) }
	for _, f := range tr.files {
		if f.test() || !f.in(pure...) || f.in("nlu/measure") { // which reads files, for people
			continue
		}
		for _, spec := range f.ast.Imports {
			if imp, _ := strconv.Unquote(spec.Path.Value); worldly(imp) {
				say(spec, "pure code imports "+imp+": let the caller do the I/O and hand over what it read")
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				say(n, "pure code starts a goroutine: stay passive, let the loop above call you")
			}
			switch from, name := f.selected(n); {
			case from == "time" && readsClock(name):
				say(n, "pure code reads the clock with time."+name+": take now as an argument")
			case from == "sync" && strings.HasSuffix(name, "Mutex"):
				say(n, "pure code locks: it has one owner, who needs no lock")
			}
			return true
		})
	}
	return complaints
}

// worldly reports whether a package does I/O.
func worldly(imp string) bool {
	if imp == "net/netip" || imp == "net/url" {
		return false // values
	}
	return slices.ContainsFunc([]string{"net", "os", "syscall", "log", "database"},
		func(w string) bool { return below(imp, w) })
}

// readsClock reports whether a function of package time depends on the time.
func readsClock(name string) bool {
	return slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}, name)
}
