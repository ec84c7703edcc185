package sound

// Near returns how unlike two phones (a syllable of Pinyin or a key of English) sound: 0 for the
// same, 1 for strangers. Syllables that Fuzzy folds together are 0.2 apart, those that share
// initial or final 0.6.
func Near(a, b string) float64 {
	if a == b {
		return 0
	}
	if a == "" || b == "" {
		return 1
	}
	if key(a) || key(b) {
		if !key(a) || !key(b) {
			return 1
		}
		return letters(a, b)
	}
	if Fuzzy(a) == Fuzzy(b) {
		return 0.2
	}
	ai, af := Split(Fuzzy(a))
	bi, bf := Split(Fuzzy(b))
	if ai == bi || af == bf {
		return 0.6
	}
	return 1
}

// Distance is the least sum of changes that makes one phonetic sequence the other: 1 for a phone
// dropped or put in, Near for one taken for another.
func Distance(a, b []string) float64 {
	return edit(len(a), len(b), func(i, j int) float64 { return Near(a[i], b[j]) })
}

// Alike is 1 − Distance over the length of the longer sequence: 1 for the same sound, 0 for nothing
// in common, and for two empty sequences 1.
func Alike(a, b []string) float64 {
	n := max(len(a), len(b))
	if n == 0 {
		return 1
	}
	return 1 - Distance(a, b)/float64(n)
}

// key tells an English key from a pinyin syllable: keys are capitals (and 0), syllables are not.
func key(phone string) bool { return phone[0] <= 'Z' }

// letters compares two English keys letter by letter. Keys are short, so one letter of two is far.
func letters(a, b string) float64 {
	d := edit(len(a), len(b), func(i, j int) float64 {
		if a[i] == b[j] {
			return 0
		}
		return 1
	})
	return min(1, d/float64(max(len(a), len(b))))
}

// edit is Levenshtein's distance with a price for each substitution.
func edit(n, m int, price func(i, j int) float64) float64 {
	row := make([]float64, m+1)
	for j := range row {
		row[j] = float64(j)
	}
	for i := range n {
		diagonal := row[0]
		row[0] = float64(i + 1)
		for j := range m {
			here := min(row[j]+1, row[j+1]+1, diagonal+price(i, j))
			diagonal, row[j+1] = row[j+1], here
		}
	}
	return row[m]
}
