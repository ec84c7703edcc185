package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const glossary = "docs/glossary.md"

func TestGlossary(t *testing.T) {
	keep(t, glossaryNamesEveryNoun)

	f := func(want, words, text string) {
		t.Helper()
		trip(t, glossaryNamesEveryNoun, want, glossary, words, "call/c.go", text)
	}
	f("", "**leg** one dialog", "package call\ntype Leg struct{}\n")
	f("", "**Dial request**: a wish", "package call\ntype DialRequest struct{}\n")
	f("", "`DialRequest`", "package call\ntype DialRequest struct{}\n")
	f("", "", "package call\ntype leg struct{}\n")
	f("Leg is not in docs/glossary.md", "legal", "package call\ntype Leg struct{}\n")
	f("Leg is not in docs/glossary.md", "", "package call\ntype (\nLeg int\n)\n")
	trip(t, glossaryNamesEveryNoun, "", "store/s.go", "package store\ntype Store struct{}\n")
}

// glossaryNamesEveryNoun looks for the exported types of call, ivr and media,
// as written or in plain words.
func glossaryNamesEveryNoun(tr *tree) (complaints []string) {
	words := tr.texts[glossary]
	camel := regexp.MustCompile(`([a-z0-9])([A-Z])`)
	for _, f := range tr.files {
		if f.test() || !slices.Contains([]string{"call", "ivr", "media"}, f.pkg.dir) {
			continue
		}
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, spec := range g.Specs {
				name := spec.(*ast.TypeSpec).Name.Name
				plain := strings.ToLower(camel.ReplaceAllString(name, "$1 $2"))
				found, _ := regexp.Match(`(?i)\b(`+name+`|`+plain+`)s?\b`, words)
				if ast.IsExported(name) && !found {
					complaints = append(complaints, fmt.Sprintf("%s: %s is not in %s: explain the word there in a line, "+
						"use one that is there, or unexport it", tr.at(spec), name, glossary))
				}
			}
		}
	}
	return complaints
}
