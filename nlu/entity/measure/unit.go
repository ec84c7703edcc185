package measure

import (
	"math/big"
	"strings"
	"sync"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/word"
)

// A unit is so many of a base unit.
type unit struct {
	base string
	size *big.Rat
}

// unitNames are units by their base: a size, and what it is called.
var unitNames = map[string]string{
	"m": `1 m,meter,meters,metre,metres,米,公尺|1000 km,kilometer,kilometers,kilometre,kilometres,千米,公里|1/100 cm,centimeter,centimeters,centimetres,厘米,公分
		|1/10 dm,decimeters,分米|1/1000 mm,millimeter,millimeters,millimetres,毫米|1/1000000 μm,um,micrometer,micrometers,microns,微米|1/1000000000 nm,nanometer,nanometers,纳米`,
	"ft":  "1 ft,foot,feet,英尺",
	"in":  "1 in,inch,inches,英寸",
	"yd":  "1 yd,yard,yards,码",
	"mi":  "1 mi,mile,miles,英里",
	"nmi": "1 nmi,nautical miles,海里",
	"g":   "1 g,gram,grams,克|1000 kg,kgs,kilogram,kilograms,kilo,kilos,千克,公斤|1/1000 mg,milligram,milligrams,毫克|1/1000000 μg,micrograms,微克|1000000 t,ton,tons,tonne,tonnes,吨|500 斤",
	"lb":  "1 lb,lbs,pound,pounds,磅",
	"oz":  "1 oz,ounce,ounces,盎司",
	"l":   "1 l,liter,liters,litre,litres,升,公升|1/1000 ml,milliliter,milliliters,millilitres,cc,毫升",
	"gal": "1 gal,gallon,gallons,加仑",
	"s": `1 s,sec,secs,second,seconds,秒,秒钟|60 min,mins,minute,minutes,分,分钟|3600 h,hr,hrs,hour,hours,小时,个小时,钟头
		|1/1000 ms,millisecond,milliseconds,毫秒|86400 day,days,天`,
	"ha":  "1 ha,hectare,hectares,公顷",
	"ac":  "1 ac,acre,acres,英亩",
	"mu":  "1 亩",
	"°C":  "1 ℃,° c,degrees celsius,degree celsius,degrees centigrade,celsius,摄氏度",
	"°F":  "1 ℉,° f,degrees fahrenheit,degree fahrenheit,fahrenheit,华氏度",
	"°":   "1 °,degrees,degree,度",
	"V":   "1 v,volt,volts,伏,伏特|1000 kv,kilovolts,千伏|1/1000 mv,millivolts,毫伏",
	"A":   "1 a,amp,amps,ampere,amperes,安,安培|1/1000 ma,milliamps,milliamperes,毫安",
	"W":   "1 w,watt,watts,瓦,瓦特|1000 kw,kilowatt,kilowatts,千瓦|1000000 mw,megawatt,megawatts,兆瓦|1000000000 gw,gigawatts,吉瓦|735 马力",
	"hp":  "1 hp,horsepower",
	"Wh":  "1 wh,watt hours,瓦时|1000 kwh,kilowatt hour,kilowatt hours,千瓦时",
	"Hz":  "1 hz,hertz,赫兹,赫|1000 khz,kilohertz,千赫兹,千赫|1000000 mhz,megahertz,兆赫兹,兆赫|1000000000 ghz,gigahertz,吉赫兹,吉赫,千兆赫",
	"Pa":  "1 pa,pascal,pascals,帕,帕斯卡|100 hpa,hectopascals,百帕|1000 kpa,kilopascals,千帕|1000000 mpa,megapascals,兆帕",
	"J":   "1 j,joule,joules,焦,焦耳|1000 kj,kilojoules,千焦|1000000 mj,megajoules,兆焦",
	"cal": "1 cal,calorie,calories,卡,卡路里|1000 kcal,kilocalories,千卡,大卡",
	"N":   "1 n,newton,newtons,牛顿,牛",
	"Ω":   "1 ω,ohm,ohms,欧姆",
	"dB":  "1 db,decibel,decibels,分贝",
	"B":   "1 b,byte,bytes,字节|1000 kb,kilobyte,kilobytes,千字节|1000000 mb,megabyte,megabytes,兆字节|1000000000 gb,gigabyte,gigabytes,吉字节|1000000000000 tb,terabyte,terabytes,太字节",
	"bit": "1 bit,bits,比特|1000 kbit,kilobits,千比特|1000000 mbit,megabit,megabits,兆比特|1000000000 gbit,gigabits,吉比特",
	"%":   "1/100 %,percent,per cent",
	"mph": "1 mph",
}

// units are those of unitNames by name.
var units = sync.OnceValue(func() map[string]unit {
	out := map[string]unit{}
	for base, sizes := range unitNames {
		for of := range strings.SplitSeq(sizes, "|") {
			size, names, _ := strings.Cut(strings.TrimSpace(of), " ")
			n, _ := new(big.Rat).SetString(size)
			for name := range strings.SplitSeq(names, ",") {
				out[name] = unit{base, n}
			}
		}
	}
	return out
})

// quantities are the numbers of a text in the base unit of what stands behind each: "2000 m".
func quantities(lang, text string) []string {
	ws := word.Cut(text)
	var out []string
	for i := 0; i < len(ws); {
		v, next := number.Read(base(lang), ws, i)
		if next == i {
			i++
			continue
		}
		start := i
		i = next
		if v.N == nil || v.Weak && len(ws) > next+8 {
			continue
		}
		u, end := unitAt(ws, next)
		u = u.per(unitBefore(ws, start))
		i = max(i, end)
		v.N = new(big.Rat).Mul(v.N, u.size)
		if v.Hi != nil {
			v.Hi = new(big.Rat).Mul(v.Hi, u.size)
		}
		if v.Form == number.Percent {
			v.Form, u.base = number.Decimal, "%"
		}
		out = append(out, strings.TrimSpace(v.String()+" "+u.base))
	}
	return out
}

// per is the unit divided by another.
func (u unit) per(other unit) unit {
	if other.base == "" {
		return u
	}
	if u.base == "mi" && other.base == "s" && other.size.Cmp(big.NewRat(3600, 1)) == 0 {
		return unit{"mph", u.size}
	}
	return unit{u.base + "/" + other.base, new(big.Rat).Quo(u.size, other.size)}
}

// unitBefore reads what 每小时六十公里 is divided by.
func unitBefore(ws []word.Word, i int) unit {
	for n := 1; n <= 3; n++ {
		if i > n && ws[i-n-1].Text == "每" {
			if u, end := plainUnit(ws, i-n); end == i {
				return u
			}
		}
	}
	return unit{}
}

// unitAt reads "km", "square feet", "km/h", "per square kilometer", 平方米, 公里每小时.
func unitAt(ws []word.Word, i int) (unit, int) {
	u, next := plainUnit(ws, i)
	for _, p := range []string{"of an", "of a", "an", "a"} { // half a kilogram
		if n := word.Said(ws, i, p); n > 0 {
			if of, end := plainUnit(ws, i+n); end > i+n {
				u, next = of, end
			}
			break
		}
	}
	for _, p := range []string{"per", "/", "每", "an", "a"} {
		n := word.Said(ws, next, p)
		if n == 0 {
			continue
		}
		if of, end := plainUnit(ws, next+n); end > next+n && (p[0] != 'a' || of.base == "s" && u.base != "") {
			return u.per(of), end
		}
	}
	return u, next
}

// plainUnit reads one unit, squared and cubed too.
func plainUnit(ws []word.Word, i int) (unit, int) {
	power, next := 1, i
	for p, names := range [...][]string{2: {"square", "sq .", "sq", "平方"}, 3: {"cubic", "cu", "立方"}} {
		for _, name := range names {
			if n := word.Said(ws, i, name); n > 0 && next == i {
				power, next = p, i+n
			}
		}
	}
	start := next
	found := unit{"", big.NewRat(1, 1)}
	for name, u := range units() {
		if n := word.Said(ws, start, name); n > 0 && start+n > next {
			found, next = u, start+n
		}
	}
	if next == start {
		return found, i
	}
	for p, name := range [...]string{2: "²", 3: "³"} {
		if name != "" && word.Said(ws, next, name) > 0 {
			power, next = p, next+1
		}
	}
	if power > 1 {
		size := found.size
		for range power - 1 {
			size = new(big.Rat).Mul(size, found.size)
		}
		found = unit{found.base + string([]rune("  ²³")[power]), size}
	}
	return found, next
}
