package nlu

import "strings"

// stem strips the common English endings. It is a suffix list, not a linguist: it only has to map
// "transferring" and "transfer" to one key, and it leaves every other script alone.
func stem(w string) string {
	if len(w) < 4 || w[0] >= 0x80 {
		return w
	}
	w = cutSuffix(w)
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] != 's' && w[n-1] != 'l' {
		w = w[:n-1]
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	if strings.HasSuffix(w, "y") {
		w = w[:len(w)-1] + "i"
	}
	return w
}

// cutSuffix applies the first rule that fits and leaves at least three letters.
func cutSuffix(w string) string {
	rules := [...]struct{ suffix, with string }{
		{"ies", "y"}, {"sses", "ss"}, {"ing", ""}, {"edly", ""}, {"ed", ""}, {"ers", "er"},
		{"ation", "at"}, {"ment", ""}, {"ly", ""}, {"es", ""}, {"s", ""},
	}
	for _, r := range rules {
		head, ok := strings.CutSuffix(w, r.suffix)
		if !ok || len(head) < 3 {
			continue
		}
		if r.suffix == "s" && strings.HasSuffix(head, "s") {
			return w // "loss", "business"
		}
		return head + r.with
	}
	return w
}
