package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The exit codes of the commands for menus.
func TestMenuCommands(t *testing.T) {
	const hotline = "../../scripts/menus/hotline.yaml"
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := file("bad.yaml", "menu: x\n")
	f := func(want int, args ...string) {
		t.Helper()
		if code := run(append([]string{"menu"}, args...)); code != want {
			t.Errorf("menu %q ends with %d; want %d", args, code, want)
		}
	}
	models := filepath.Join(dir, "models")
	f(0, "check", "--models", models, hotline)
	f(exitFailed, "check", bad)
	f(exitFailed, "check", "no-such-file")
	f(exitUsage, "check")
	f(0, "eval", hotline, file("said.tsv", "balance\twhat is my balance\noos\tthe moon\n"))
	f(exitUsage, "eval", hotline, file("none.tsv", ""))
	f(exitUsage, "eval", hotline, file("bad.tsv", "roof\tmy roof\n"))
	f(exitUsage, "eval", bad)
	f(exitUsage, "eval")
	train := file("train.tsv", "red\troses are red\nred\tred wine\nblue\tthe blue sea\nblue\tblue sky\noos\tgood morning\n")
	f(0, "eval", "--train", train, "--val", train, "--test", train, "--lang", "en", "--out", filepath.Join(dir, "pred.tsv"))
	if _, err := os.Stat(filepath.Join(dir, "pred.tsv")); err != nil {
		t.Error(err)
	}
	f(exitUsage, "eval", "--train", train)
	f(exitUsage, "eval", "--train", train, "--val", train, "--test", train, "--lang", "en", hotline)
	f(exitFailed, "eval", "--train", train, "--val", train, "--test", "no-such-file", "--lang", "en")
	f(0, "try", hotline, "what", "is", "my", "balance")
	f(exitUsage, "try", bad, "x")
	f(exitUsage, "try", hotline, "--lang", "fr", "x")
	f(exitUsage, "eval", hotline, "--lang", "fr")
	f(exitUsage, "eval", "--train", train, "--val", train, "--test", train, "--lang", "fr")
	f(0, "suggest", hotline, "--from", file("heard.txt", "boat insurance\n"))
	f(exitUsage, "suggest", hotline)
	f(exitUsage, "suggest", hotline, "--from", "no-such-file")
	f(exitUsage, "suggest", hotline, "--from", file("broken.txt", "{broken\n"))
	f(exitUsage, "suggest", hotline, "--calls", "no-such-file")
	f(0, "keys", hotline, "--lang", "zh")
	f(exitUsage, "keys", hotline, "--lang", "fr")
}
