package study

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"trunkline/ivr/menu"
)

// Sentence is one labelled sentence: what the caller wanted, as menu.Lessons names it.
type Sentence struct {
	Label, Text string
}

// ReadSentences reads lines of label, tab, text. A label is the id of a node or of a command; oos or
// other stand for what no node serves. Empty lines and those that begin with # are passed over. The
// error names every bad line.
func ReadSentences(m *menu.Menu, name string, r io.Reader) ([]Sentence, error) {
	var out []Sentence
	var wrong []string
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		label, text, ok := strings.Cut(line, "\t")
		full := labelNamed(m, label)
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("%s:%d: no tab between label and text", name, n))
		case full == "":
			wrong = append(wrong, fmt.Sprintf("%s:%d: menu %s has no node %q", name, n, m.ID, label))
		default:
			out = append(out, Sentence{full, text})
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return out, nil
}

// labelNamed returns the label that a designer calls name, "" when there is none.
func labelNamed(m *menu.Menu, name string) string {
	switch {
	case m.Node(name) != nil:
		return name
	case name == "oos" || name == "other" || name == menu.LabelOther:
		return menu.LabelOther
	}
	for _, c := range m.Commands {
		if name == c.ID || name == menu.LabelCommand(c.ID) {
			return menu.LabelCommand(c.ID)
		}
	}
	return ""
}

// row is what became of one sentence.
type row struct {
	label, text string
	first       string // the likeliest label
	match       menu.Match
	sure        float64 // that first is right
}

// judged is the row of a match whose model ranked first before all others.
func judged(label, text string, r menu.Match, first string) row {
	out := row{label: label, text: text, match: r, first: first, sure: r.Score}
	if first == menu.LabelOther || !r.InScope {
		out.first = menu.LabelOther
	}
	return out
}

// Evaluate asks a menu for sentences in one language.
func Evaluate(m *menu.Menu, lang string, sentences []Sentence) Report {
	rows := make([]row, len(sentences))
	for i, s := range sentences {
		r := m.Match(lang, s.Text)
		first := r.Label()
		switch {
		case first != "":
		case r.Verdict == menu.Confirm || r.InScope && r.Best.Node != nil:
			first = r.Best.Node.ID
		default:
			first = menu.LabelOther
		}
		rows[i] = judged(s.Label, s.Text, r, first)
	}
	return report(lang, rows)
}

// EvaluateItself asks for every example of a menu a model that has not seen it.
func EvaluateItself(m *menu.Menu, lang string) (Report, error) {
	rows, err := ownRows(m, lang)
	return report(lang, rows), err
}

// Report is how a menu did on labelled sentences. All but counts are shares, 0–1.
type Report struct {
	Language string
	// Of Asked sentences that have a home, Right were brought there, Offered asked whether they
	// want to go there, Wrong brought elsewhere; the others were asked again.
	Asked, Right, Offered, Wrong int
	// Of Outside sentences that have none, Lured were brought somewhere all the same, and Tempted
	// asked whether they want to go somewhere.
	Outside, Lured, Tempted int
	// Accuracy is that of the likeliest node, thresholds aside; AmongThree has it among the three
	// likeliest. InScope counts what was called out of scope as wrong.
	Accuracy, AmongThree, InScope float64
	// OutsideRecall is the share of outside sentences turned away; OutsidePrecision how many of
	// those turned away were outside.
	OutsideRecall, OutsidePrecision float64
	// CalibrationError is how far the score is from how often it is right, on the average (15 bins
	// of equal width).
	CalibrationError float64
	// Coverage95 and Coverage98 are the shares of all sentences that can be acted on without a
	// question while 95 or 98 % of what is done is right.
	Coverage95, Coverage98 float64
	// Nodes are the labels with their own accuracy, worst first.
	Nodes []LabelReport
	// Mistakes are the sentences brought to the wrong place.
	Mistakes []Mistake
}

// LabelReport is how one label did.
type LabelReport struct {
	Label        string
	Asked, Right int // by the likeliest label
}

// Mistake is a sentence that was brought elsewhere.
type Mistake struct {
	Text, Want, Got string
	Score           float64
}

func report(lang string, rows []row) Report {
	out := Report{Language: lang}
	var first, three, scoped, away, awayRight int
	for _, r := range rows {
		out.count(r)
		if r.match.Verdict == menu.Reject {
			away++
			if r.label == menu.LabelOther {
				awayRight++
			}
		}
		if r.label == menu.LabelOther {
			continue
		}
		likeliest := r.first == r.label || r.match.Best.Node != nil && r.match.Best.Node.ID == r.label && !isCommand(r.first)
		if likeliest {
			first++
		}
		if r.first == r.label {
			scoped++
		}
		if likeliest || slices.ContainsFunc(r.match.Candidates[:min(3, len(r.match.Candidates))], func(c menu.Candidate) bool { return c.Node.ID == r.label }) {
			three++
		}
	}
	out.Accuracy, out.AmongThree, out.InScope = share(first, out.Asked), share(three, out.Asked), share(scoped, out.Asked)
	out.OutsideRecall, out.OutsidePrecision = share(awayRight, out.Outside), share(awayRight, away)
	out.CalibrationError = calibrationError(rows)
	out.Coverage95, out.Coverage98 = coverage(rows, 0.95), coverage(rows, 0.98)
	out.Nodes = byLabel(rows)
	return out
}

func isCommand(label string) bool { return strings.HasPrefix(label, menu.LabelCommand("")) }

// count adds a row by what was done with it.
func (p *Report) count(r row) {
	got := r.match.Label()
	offered := r.match.Verdict == menu.Confirm
	switch {
	case r.label == menu.LabelOther:
		p.Outside++
		if offered {
			p.Tempted++
		}
		if got == "" {
			return
		}
		p.Lured++
	default:
		p.Asked++
		if got == r.label {
			p.Right++
			return
		}
		if offered && r.match.Node.ID == r.label {
			p.Offered++
		}
		if got == "" {
			return
		}
		p.Wrong++
	}
	p.Mistakes = append(p.Mistakes, Mistake{r.text, r.label, got, r.match.Score})
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// calibrationError looks at rows for which the menu has a score: the others are turned away.
func calibrationError(rows []row) float64 {
	const bins = 15
	var n [bins]int
	var sure, right [bins]float64
	total := 0
	for _, r := range rows {
		if r.first == menu.LabelOther {
			continue
		}
		i := min(int(r.sure*bins), bins-1)
		n[i]++
		total++
		sure[i] += r.sure
		if r.first == r.label {
			right[i]++
		}
	}
	off := 0.0
	for i := range n {
		off += math.Abs(sure[i] - right[i])
	}
	return off / float64(max(total, 1))
}

// coverage takes the surest rows while enough of them are right; equal scores go together.
func coverage(rows []row, target float64) float64 {
	kept := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.first == menu.LabelOther })
	slices.SortStableFunc(kept, func(a, b row) int { return cmp.Compare(b.sure, a.sure) })
	best, right := 0, 0
	for i, r := range kept {
		if r.first == r.label {
			right++
		}
		if i+1 < len(kept) && kept[i+1].sure == r.sure {
			continue
		}
		if float64(right) >= target*float64(i+1) {
			best = i + 1
		}
	}
	return share(best, len(rows))
}

func byLabel(rows []row) []LabelReport {
	var out []LabelReport
	for _, r := range rows {
		i := slices.IndexFunc(out, func(l LabelReport) bool { return l.Label == r.label })
		if i < 0 {
			i = len(out)
			out = append(out, LabelReport{Label: r.label})
		}
		out[i].Asked++
		if r.first == r.label {
			out[i].Right++
		}
	}
	slices.SortStableFunc(out, func(a, b LabelReport) int {
		return cmp.Compare(share(a.Right, a.Asked), share(b.Right, b.Asked))
	})
	return out
}
