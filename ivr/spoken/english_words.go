package spoken

func englishWords() map[string]string {
	w := words{
		pause: ",", "digits/oh": "oh",
		"number/hundred": "hundred", "number/thousand": "thousand", "number/million": "million",
		"number/billion": "billion", "number/trillion": "trillion", "number/quadrillion": "quadrillion",
		"number/and": "and", point: "point", minus: "minus", "number/percent": "percent",
		"ordinal/hundred":  "hundredth",
		"ordinal/thousand": "thousandth", "ordinal/million": "millionth", "ordinal/billion": "billionth",
		"ordinal/trillion": "trillionth", "ordinal/quadrillion": "quadrillionth",
		"date/the": "the", "date/today": "today", "date/tomorrow": "tomorrow", "date/yesterday": "yesterday",
		"time/at": "at", "time/am": "a.m.", "time/pm": "p.m.", "time/noon": "noon", "time/midnight": "midnight", "time/hours": "hours",
		"currency/dollar": "dollar", "currency/dollars": "dollars", "currency/cent": "cent", "currency/cents": "cents",
		"currency/pound": "pound", "currency/pounds": "pounds", "currency/penny": "penny", "currency/pence": "pence",
		"currency/euro": "euro", "currency/euros": "euros", "currency/hkd": "Hong Kong dollar", "currency/hkds": "Hong Kong dollars",
		"currency/yuan": "yuan", "currency/fen": "fen", "currency/yen": "yen",
		extension: "extension",
		plus:      "plus", "symbol/star": "star", "symbol/hash": "hash", "symbol/pound": "pound", "symbol/at": "at", "symbol/dot": "dot", "symbol/dash": "dash",
		"symbol/underscore": "underscore", "symbol/slash": "slash", "symbol/and": "and",
	}
	w.list(digit, 0, 1, "zero one two three four five six seven eight nine")
	w.list(numberName, 10, 1, "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	w.list(numberName, 20, 10, "twenty thirty forty fifty sixty seventy eighty ninety")
	w.list(ordinalName, 1, 1, "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "+
		"fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
	w.list(ordinalName, 20, 10, "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth")
	w.list(monthName, 1, 1, "January February March April May June July August September October November December")
	w.list(weekdayName, 1, 1, "Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
	w.letters()
	for _, unit := range commonUnits {
		w[unitDir+unit], w[unitDir+englishPlural(unit)] = unit, englishPlural(unit)
	}
	return w
}
