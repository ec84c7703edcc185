package word

import "strings"

// Said says how many words the phrase takes at ws[i]; 0: it is not there. A
// phrase is folded words between blanks, or Chinese characters.
func Said(ws []Word, i int, phrase string) int {
	n := 0
	for phrase != "" {
		if i < 0 || i+n >= len(ws) {
			return 0
		}
		rest, ok := strings.CutPrefix(phrase, ws[i+n].Text)
		if !ok || ws[i+n].Sort == Letters && rest != "" && rest[0] != ' ' {
			return 0
		}
		phrase = strings.TrimPrefix(rest, " ")
		n++
	}
	return n
}

// Alone says that ws[from:to] is the whole answer: nothing but words of
// introduction, politeness and hesitation stands around it.
func Alone(ws []Word, from, to int) bool {
	for i, w := range ws {
		if (i < from || i >= to) && w.Sort != Mark && !introduces(w.Text) {
			return false
		}
	}
	return true
}

// Answer says that the text is an answer and no sentence: all of it is values
// (the words that covered names), introduction, or the correction of a value.
func Answer(ws []Word, covered func(i int) bool) bool {
	for i, w := range ws {
		if w.Sort != Mark && !introduces(w.Text) && !takesBack(w.Text) && !covered(i) {
			return false
		}
	}
	return true
}

// takesBack: the word is part of a correction.
func takesBack(w string) bool {
	switch w {
	case "不", "对", "错", "说", "更", "正", "应", "该", "意", "思", "改", "成", "重", "来",
		"sorry", "no", "not", "wait", "mean", "meant", "correction", "that", "scratch", "actually", "rather", "to":
		return true
	}
	return false
}

func introduces(w string) bool {
	switch w {
	case "是", "的", "嗯", "呃", "额", "啊", "哦", "唔", "好", "那", "就", "我", "号", "码", "吧", "呢", "了", "个", "我们", "们", "一共", "共", "总", "它", "有", "给", "要", "帮", "想",
		"充", "值", "转", "账", "付", "存", "取", "还", "缴", "交", "款", "大", "概", "约", "左", "右", "上", "下",
		"it's", "it", "is", "its", "uh", "um", "er", "erm", "hmm", "my", "the", "number", "ok", "okay", "yes", "yeah", "please", "that's", "well", "so", "sure",
		"like", "just", "thanks", "thank", "you", "i'd", "would", "be", "say", "i", "want", "make", "pay", "transfer", "send", "deposit", "withdraw":
		return true
	}
	return false
}

// Between are the words within bytes of the text.
func Between(ws []Word, start, end int) []Word {
	var out []Word
	for _, w := range ws {
		if w.Start >= start && w.End <= end {
			out = append(out, w)
		}
	}
	return out
}

// Denied says that the word at byte start was named as wrong: "not nine", "不是九".
func Denied(ws []Word, start int) bool {
	for i, w := range ws {
		if w.Start == start {
			return Said(ws, i-1, "not") > 0 || Said(ws, i-2, "不是") > 0
		}
	}
	return false
}

// Corrects says that one of the words takes back what was said before them
// ("不对", "sorry").
func Corrects(ws []Word) bool {
	if len(ws) > 0 && len(ws) <= 3 && ws[len(ws)/2].Text == "不" {
		return true
	}
	for i := range ws {
		for _, p := range []string{"不对", "不是", "错了", "更正", "应该是", "哦不", "不好意思", "改成", "重说", "重来",
			"sorry", "no", "wait", "i mean", "i meant", "correction", "make that", "scratch that", "actually", "rather"} {
			if Said(ws, i, p) > 0 {
				return true
			}
		}
	}
	return false
}
