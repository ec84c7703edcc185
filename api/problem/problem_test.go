package problem

import "testing"

func TestProblemsAreUnique(t *testing.T) {
	codes, titles := map[Code]bool{}, map[string]bool{}
	for _, k := range kinds() {
		if codes[k.code] || titles[k.title] || k.status < 400 || k.status > 599 {
			t.Errorf("row %+v is there twice, or is no error", k)
		}
		codes[k.code], titles[k.title] = true, true
	}
}
