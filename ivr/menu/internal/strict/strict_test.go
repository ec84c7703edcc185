package strict

import (
	"testing"

	"github.com/goccy/go-yaml/ast"
)

// read reads a file of three keys and returns them with what is wrong.
func read(text string) (word string, number int, sure bool, err error) {
	f := &File{Name: "x.yaml"}
	root := f.Parse([]byte(text))
	if root == nil {
		return "", 0, false, f.Err()
	}
	f.Fields(root, "the file",
		Key("word", func(n ast.Node) { word = f.Text(n, "word") }),
		Key("number", func(n ast.Node) { number = f.Count(n, "number", 9) }),
		Key("sure", func(n ast.Node) { sure = f.Yes(n, "sure") }),
		Key("side", func(n ast.Node) { word = f.Choice(n, "side", "left", "right") }),
		Key("share", func(n ast.Node) { f.Score(n, "share") }),
		Key("list", func(n ast.Node) { f.List(n, "list") }),
	)
	return word, number, sure, f.Err()
}

func TestFile(t *testing.T) {
	word, number, sure, err := read("word: yes it is\nnumber: 7\nsure: true\nshare: 0.5\nlist: [a]\n")
	if word != "yes it is" || number != 7 || !sure || err != nil {
		t.Errorf("read %q, %d, %v, %v", word, number, sure, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, _, _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	f("", "x.yaml: the file is empty")
	f("word:\n", "x.yaml:1:7: word is empty")
	f("word: [a]\nword: b\n", "x.yaml:1:7: word must be text; quote it if it is\nx.yaml:2:1: key \"word\" stands twice in the file")
	f("number: 10\nsure: 1\n", "x.yaml:1:9: number must be a whole number from 0 to 9\nx.yaml:2:7: sure must be true or false")
	f("side: up\n", "x.yaml:1:7: side must be one of: left, right")
	f("share: 2\n", "x.yaml:1:8: share must be a number from 0 to 1")
	f("list: a\n", "x.yaml:1:7: list must be a list")
	f("shore: 2\n", "x.yaml:1:1: unknown key \"shore\" in the file; known: word, number, sure, side, share, list")
}

func FuzzFile(f *testing.F) {
	f.Add("word: a\nnumber: 1\n")
	f.Add("word: |\n  x\n? a\n: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, number, _, err := read(text); err == nil && (number < 0 || number > 9) {
			t.Errorf("number %d", number)
		}
	})
}
