package measure

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/word"
)

// units give the size of those units that are multiples of another, so that
// 五千克 and 5kg are the same.
var units = []struct {
	names string
	size  *big.Rat
}{
	{"千克,千米,公里,公斤,千瓦,千卡,千赫,千帕,千伏,千焦,kg,km,kw,khz,kpa,kv,kj,kcal,kilograms,kilogram,kilometers,kilometer,kilometres,kilowatts,kilohertz,kilo", big.NewRat(1000, 1)},
	{"兆瓦,兆赫,兆帕,mw,mhz,mpa,megawatts,megahertz", big.NewRat(1e6, 1)}, {"吉赫,千兆赫,ghz,gigahertz", big.NewRat(1e9, 1)},
	{"毫米,毫克,毫升,毫秒,mm,mg,ml,ms,millimeters,milligrams,milliliters,milliseconds", big.NewRat(1, 1000)},
	{"厘米,cm,centimeters,centimeter", big.NewRat(1, 100)}, {"%,percent,per cent", big.NewRat(1, 100)},
}

// quantities are the numbers of a text times the size of the unit behind each.
func quantities(lang, text string) []string {
	ws := word.Cut(text)
	var out []string
	for i := 0; i < len(ws); {
		v, next := number.Read(base(lang), ws, i)
		if next == i {
			i++
			continue
		}
		i = next
		if v.N == nil || v.Weak && len(ws) > next+8 {
			continue
		}
		size := sizeAt(ws, next)
		v.N = new(big.Rat).Mul(v.N, size)
		if v.Hi != nil {
			v.Hi = new(big.Rat).Mul(v.Hi, size)
		}
		if v.Form == number.Percent {
			v.Form = number.Decimal
		}
		out = append(out, v.String())
	}
	return out
}

func sizeAt(ws []word.Word, i int) *big.Rat {
	size, longest := big.NewRat(1, 1), 0
	for _, u := range units {
		for name := range strings.SplitSeq(u.names, ",") {
			if n := word.Said(ws, i, name); n > longest {
				size, longest = u.size, n
			}
		}
	}
	return size
}
