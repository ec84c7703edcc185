package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	ask  = "---- request\n"
	tell = "---- answer\n"
)

// Each file of testdata is a conversation: requests, and what was answered.
// Anybody may add one: write the requests, run go test -update, read the answers.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := converse(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func converse(t *testing.T, file string) string {
	n := newNode(t, nil)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		end := at.Add(time.Duration(i) * time.Minute)
		err := n.store.AddCDR(t.Context(), store.CDR{
			ID: fmt.Sprint("old-", i+1), Direction: "inbound", Trunk: "carrier", From: "100", To: "hotline", Flow: "hotline",
			StartedAt: at, AnsweredAt: &at, EndedAt: end, Cause: store.Cause{Code: "normal", Q850: 16, By: "caller"},
			Legs: []store.LegRecord{{ID: "a", Trunk: "carrier", Direction: "inbound", Codec: "PCMA", StartedAt: at, EndedAt: end,
				Cause: store.Cause{Code: "normal"}, Quality: store.Quality{PacketsIn: 50}}},
			Nodes:     []store.NodeVisit{{Menu: "hotline-en", Node: "balance", By: "speech", Heard: "my balance", Score: 0.9, At: at}},
			Recording: &store.Recording{Path: "old.wav", Seconds: 9.5},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	for _, request := range strings.Split(file, ask)[1:] {
		request, _, _ = strings.Cut(request, tell)
		head, body, _ := strings.Cut(request, "\n\n")
		lines := strings.Split(strings.TrimSpace(head), "\n")
		method, path, _ := strings.Cut(lines[0], " ")
		w := n.ask(method, path, strings.TrimSpace(body), lines[1:]...)
		fmt.Fprintf(&out, "%s%s\n\n%s%s\n", ask, strings.TrimSpace(request), tell, answer(t, n, w))
	}
	return out.String()
}

// answer writes an answer so that it is the same in every run.
func answer(t *testing.T, n *node, w *httptest.ResponseRecorder) string {
	var out strings.Builder
	fmt.Fprintln(&out, w.Code)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range w.Header() {
			if !yield(name) {
				return
			}
		}
	}) {
		switch name { // the same in every answer; TestEveryAnswerHasSafeHeaders looks at them
		case "Cache-Control", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options":
			continue
		}
		fmt.Fprintf(&out, "%s: %s\n", name, w.Header().Get(name))
	}
	if w.Body.Len() > 0 {
		var text bytes.Buffer
		if err := json.Indent(&text, bytes.TrimSpace(w.Body.Bytes()), "", "  "); err != nil {
			t.Fatalf("%v in %s", err, w.Body)
		}
		fmt.Fprintf(&out, "\n%s\n", text.String())
	}
	today := time.Now().UTC().Format("2006-01") + `-\d\dT[0-9:.]+Z`
	s := regexp.MustCompile(today).ReplaceAllString(out.String(), "NOW")
	return strings.ReplaceAll(s, n.bus.Run(), "RUN")
}
