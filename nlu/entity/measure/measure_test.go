package measure

import (
	"io"
	"strings"
	"testing"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/generate"
)

func TestCompare(t *testing.T) {
	f := func(kind, lang, spoken, written string, right bool) {
		t.Helper()
		r := Compare(kind, lang, []Pair{{spoken, written}})
		if (r.Rate() == 1) != right {
			t.Errorf("%s %q and %q: %+v", kind, spoken, written, r)
		}
	}
	f("money", "zh", "一点二五人民币", "CNY1.25", true)
	f("money", "zh", "七百三四十马来西亚令吉", "RM730-40", true)
	f("money", "zh", "三千日元", "JPY¥3000", true)
	f("money", "zh", "五百美元", "US$500", true)
	f("money", "zh", "五百美元", "US$501", false)
	f("money", "en", "thirty billion yen", "¥30 billion", true)
	f("number", "zh", "一百万一千一百一十一", "100万1111", true)
	f("fraction", "zh", "二分之一", "1/2", true)
	f("fraction", "zh", "五又二分之一", "5又1/2", true)
	f("fraction", "zh", "五又二分之一", "5 1/2", true)
	f("measure", "zh", "五千克", "5kg", true)
	f("measure", "zh", "百分之五十", "50%", true)
	f("measure", "en", "two hundred meters", "200 m", true)
	f("telephone", "en", "five w k r a three one", "5wkra31", true)
	f("date", "zh", "二零零八年八月八日", "2008/08/08", true)
	f("time", "en", "eight oclock g m t", "08:00 gmt", true)
	f("number", "en", "red", "7", false)
	f("colour", "en", "red", "blue", false)
}

// TestGenerated holds the goals on made-up callers, of a seed that was not
// developed on.
func TestGenerated(t *testing.T) {
	const seed, n = 1001, 1000
	goals := map[entity.Kind]float64{entity.Digits: 0.99, entity.Phone: 0.99, entity.IDCard: 0.995, entity.BankCard: 0.995, entity.Plate: 0.995,
		entity.Number: 0.99, entity.Money: 0.98, entity.Time: 0.97, entity.YesNo: 0.99}
	for kind, goal := range goals {
		for _, lang := range []string{"zh", "en"} {
			tally, err := Generated(generate.New(seed, 0), kind, lang, n)
			if err != nil {
				t.Fatal(err)
			}
			if float64(tally.Right) < goal*n {
				t.Errorf("%s %s: %d of %d right: %+v", kind, lang, tally.Right, n, tally.Misses[0])
			}
		}
	}
}

// TestNoWrongAccept: with noise, no checked identifier passes but by the miss
// of its check: none of an identity card's, fewer than a tenth of a bank card's
// errors.
func TestNoWrongAccept(t *testing.T) {
	const seed, n = 1002, 1000
	f := func(kind entity.Kind, most int) {
		t.Helper()
		tally, err := Generated(generate.New(seed, 0.05), kind, "zh", n)
		if err != nil {
			t.Fatal(err)
		}
		if tally.Accepted > most {
			t.Errorf("%s: %d of %d wrong ones accepted, at most %d: %+v", kind, tally.Accepted, n, most, tally.Misses)
		}
	}
	f(entity.IDCard, n/100)
	f(entity.BankCard, n*6/100)
}

func TestTriggers(t *testing.T) {
	hits := Triggers(entity.Money, "zh", []string{"附近有什么好吃的", "三百块", "我们一块去"})
	if len(hits) != 1 || hits[0].Line != 2 {
		t.Errorf("%+v", hits)
	}
}

func TestTables(t *testing.T) {
	f := func(want string, write func(w, verbose io.Writer) error) {
		t.Helper()
		var out strings.Builder
		if err := write(&out, &out); err != nil {
			out.WriteString(err.Error())
		}
		if got := strings.TrimSpace(out.String()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	rows, err := Columns(strings.NewReader("一百\t100\r\n\n两百\t20\n"))
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := ReadPairs("a.tsv", strings.NewReader("一百\t100\r\n\n两百\t20\n"))
	if err != nil {
		t.Fatal(err)
	}
	f("2\t两百\t20\tread 200, want 20\nnumber zh: 1 of 2 exact, 50.0 %",
		func(w, v io.Writer) error { return WritePairs(w, v, "number", "zh", pairs) })
	f("read pairs: a.tsv:3: there are 1 columns; want spoken<TAB>written", func(io.Writer, io.Writer) error {
		_, err := ReadPairs("a.tsv", strings.NewReader("一\t1\n\n一\n"))
		return err
	})
	f("1\t100\tcertain\t\"100\"\t100\n2\t20\tcertain\t\"20\"\t20\nnumber zh: found in 2 of 2 sentences, 100.00 %",
		func(w, v io.Writer) error { return WriteTriggers(w, v, entity.Number, "zh", rows) })
	f("number    en noise  0 %: 100.0 % right, wrong accepted 0.00 %, right refused 0.00 % (3 cases)",
		func(w, v io.Writer) error {
			return WriteGenerated(w, v, "en", []entity.Kind{entity.Number}, Callers{Seed: 1, Count: 3})
		})
	f("generate callers: the noise is a share from 0 to 1, the count at least 1",
		func(w, v io.Writer) error { return WriteGenerated(w, v, "en", nil, Callers{Noise: 2, Count: 1}) })
}
