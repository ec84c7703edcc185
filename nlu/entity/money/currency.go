package money

import (
	"strings"

	"trunkline/nlu/entity/word"
)

// A unit is a word for money.
type unit struct {
	code  string
	minor bool // a hundredth
	// loose: the word means other things as well, and amounts in it are cut
	// short ("三块五", "a pound").
	loose bool
}

// currency reads the currency named at ws[i], and how many words it takes.
func currency(lang string, ws []word.Word, i int) (unit, int) {
	list := enCurrencies
	if lang == "zh" {
		list = zhCurrencies
	}
	var found unit
	longest := 0
	for _, c := range list {
		for name := range strings.SplitSeq(c.names, ",") {
			if n := word.Said(ws, i, name); n > longest {
				found, longest = c.unit, n
			}
		}
	}
	if longest == 0 {
		code, n := symbol(lang, ws, i)
		if n == 1 && ws[i].Sort == word.Letters && (len(ws[i].Text) != 3 || ws[i].Text == "try" || ws[i].Text == "ron" || ws[i].Text == "cop") {
			return unit{}, 0
		}
		return unit{code: code}, n
	}
	return found, longest
}

var zhCurrencies = []struct {
	names string
	unit  unit
}{
	{"块钱,块,塊", unit{code: "CNY", loose: true}},
	{"元,圆,圓,元钱,元人民币,块人民币,人民币,人民幣,元整,大洋", unit{code: "CNY"}},
	{"分人民币", unit{code: "CNY", minor: true}},
	{"美元,美金,美刀,刀,块美金", unit{code: "USD"}}, {"美分", unit{code: "USD", minor: true}},
	{"欧元,歐元,欧", unit{code: "EUR"}}, {"欧分", unit{code: "EUR", minor: true}},
	{"英镑,英鎊,镑", unit{code: "GBP"}}, {"便士", unit{code: "GBP", minor: true}},
	{"日元,日圆,日圓,日币,日幣", unit{code: "JPY"}}, {"港元,港币,港幣,港纸", unit{code: "HKD"}},
	{"新台币,新臺幣,台币,新台幣", unit{code: "TWD"}}, {"澳门元,澳门币", unit{code: "MOP"}},
	{"加元,加币,加幣,加拿大元,加拿大币,加拿大幣", unit{code: "CAD"}}, {"加拿大分", unit{code: "CAD", minor: true}},
	{"澳元,澳币,澳大利亚元", unit{code: "AUD"}},
	{"新西兰元,新西蘭元,纽元,纽币", unit{code: "NZD"}}, {"新西兰仙", unit{code: "NZD", minor: true}},
	{"新加坡元,新加坡币,新加坡幣,新元,新币,坡币", unit{code: "SGD"}},
	{"韩元,韓元,韩币,韓幣,韩圆", unit{code: "KRW"}}, {"卢布,盧布,俄罗斯卢布,俄羅斯盧布,俄罗斯卢比,俄羅斯盧比", unit{code: "RUB"}},
	{"卢比,印度卢比,印度卢布,印度盧比,印度盧布", unit{code: "INR"}}, {"泰铢,泰銖,铢", unit{code: "THB"}},
	{"马来西亚令吉,马来西亚林吉特,馬來西亞令吉,馬來西亞林吉特,令吉,林吉特,马币", unit{code: "MYR"}},
	{"印尼盾,印尼卢比", unit{code: "IDR"}}, {"越南盾,越南东", unit{code: "VND"}},
	{"菲律宾比索,菲律宾披索,菲律賓披索", unit{code: "PHP"}}, {"墨西哥比索,墨西哥披索", unit{code: "MXN"}},
	{"智利比索,智利披索", unit{code: "CLP"}}, {"哥伦比亚比索,哥伦比亚披索,哥倫比亞披索", unit{code: "COP"}}, {"阿根廷比索", unit{code: "ARS"}},
	{"瑞士法郎", unit{code: "CHF"}}, {"法郎", unit{code: "FRF"}}, {"生丁", unit{code: "FRF", minor: true}},
	{"瑞典克朗", unit{code: "SEK"}}, {"瑞典欧尔", unit{code: "SEK", minor: true}}, {"挪威克朗", unit{code: "NOK"}}, {"挪威欧尔", unit{code: "NOK", minor: true}},
	{"丹麦克朗,丹麥克朗", unit{code: "DKK"}}, {"捷克克朗", unit{code: "CZK"}}, {"冰岛克朗", unit{code: "ISK"}},
	{"土耳其里拉,里拉", unit{code: "TRY"}}, {"巴西雷亚尔,巴西雷亞爾,雷亚尔", unit{code: "BRL"}}, {"南非兰特,南非蘭特,兰特", unit{code: "ZAR"}},
	{"波兰兹罗提,波蘭兹儸提,兹罗提", unit{code: "PLN"}}, {"匈牙利福林,福林", unit{code: "HUF"}},
	{"以色列新谢克尔,以色列新謝克爾,以色列谢克尔,谢克尔", unit{code: "ILS"}}, {"阿联酋迪拉姆,阿聯酋迪拉姆,迪拉姆", unit{code: "AED"}},
	{"罗马尼亚列伊,羅馬尼亞列伊", unit{code: "RON"}}, {"乌克兰格里夫纳", unit{code: "UAH"}}, {"埃及镑", unit{code: "EGP"}},
	{"比特币", unit{code: "XBT"}},
}

var enCurrencies = []struct {
	names string
	unit  unit
}{
	{"dollars,dollar,us dollars,us dollar,u s dollars,united states dollars,united states dollar,american dollars", unit{code: "USD"}},
	{"bucks,buck", unit{code: "USD"}},
	{"cents,cent,pennies", unit{code: "USD", minor: true}},
	{"pounds,pound", unit{code: "GBP", loose: true}}, {"pounds sterling,british pounds,pound sterling,quid", unit{code: "GBP"}},
	{"pence,penny", unit{code: "GBP", minor: true}},
	{"euros,euro", unit{code: "EUR"}}, {"yuan,renminbi,rmb,chinese yuan,chinese dollars,kuai", unit{code: "CNY"}},
	{"yen,japanese yen", unit{code: "JPY"}}, {"won,korean won,south korean won", unit{code: "KRW"}}, {"rupees,rupee,indian rupees", unit{code: "INR"}},
	{"hong kong dollars,hong kong dollar", unit{code: "HKD"}}, {"canadian dollars,canadian dollar", unit{code: "CAD"}},
	{"australian dollars,australian dollar", unit{code: "AUD"}}, {"new zealand dollars", unit{code: "NZD"}}, {"singapore dollars", unit{code: "SGD"}},
	{"taiwan dollars,taiwanese dollars", unit{code: "TWD"}},
	{"swiss francs,swiss franc", unit{code: "CHF"}}, {"rubles,roubles,ruble", unit{code: "RUB"}}, {"pesos,mexican pesos", unit{code: "MXN"}},
	{"baht", unit{code: "THB"}}, {"ringgit", unit{code: "MYR"}}, {"dirhams", unit{code: "AED"}}, {"swedish krona,swedish kronor", unit{code: "SEK"}},
	{"norwegian kroner", unit{code: "NOK"}}, {"danish kroner", unit{code: "DKK"}}, {"zloty", unit{code: "PLN"}},
}

// symbol reads "$", "US$", "¥", "CNY", "RM" at ws[i].
func symbol(lang string, ws []word.Word, i int) (code string, words int) {
	if i >= len(ws) || ws[i].Sort == word.Han {
		return "", 0
	}
	joined := ""
	for n := 1; n <= 3 && i+n <= len(ws) && (n == 1 || ws[i+n-2].End == ws[i+n-1].Start); n++ {
		joined += ws[i+n-1].Text
		if c, ok := symbols[joined]; ok {
			code, words = c, n
		}
	}
	if code == "CNY" && lang != "zh" && ws[i].Text == "¥" {
		code = "JPY"
	}
	return code, words
}

var symbols = map[string]string{
	"$": "USD", "us$": "USD", "usd": "USD", "usd$": "USD", "¥": "CNY", "cny": "CNY", "rmb": "CNY", "cny¥": "CNY", "cn¥": "CNY", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP",
	"jpy": "JPY", "jpy¥": "JPY", "j¥": "JPY", "jp¥": "JPY", "₩": "KRW", "krw": "KRW", "₽": "RUB", "rub": "RUB", "₹": "INR", "inr": "INR", "rs": "INR",
	"cad": "CAD", "cad$": "CAD", "c$": "CAD", "ca$": "CAD", "aud": "AUD", "a$": "AUD", "aud$": "AUD", "au$": "AUD", "hkd": "HKD", "hk$": "HKD", "hkd$": "HKD", "twd": "TWD", "nt$": "TWD", "twdnt$": "TWD",
	"nzd": "NZD", "nzd$": "NZD", "nz$": "NZD", "sgd": "SGD", "sgd$": "SGD", "s$": "SGD", "sg$": "SGD", "rm": "MYR", "myr": "MYR", "฿": "THB", "thb": "THB", "chf": "CHF", "fr": "CHF", "₣": "FRF",
	"kr": "SEK", "sek": "SEK", "krore": "SEK", "nok": "NOK", "nokkr": "NOK", "nokore": "NOK", "dkk": "DKK", "dkkkr": "DKK", "nxn$": "MXN", "mxn": "MXN", "mxn$": "MXN", "₺": "TRY", "try": "TRY", "try₺": "TRY",
	"brlr$": "BRL", "r$": "BRL", "brl": "BRL", "r": "ZAR", "zar": "ZAR", "zł": "PLN", "pln": "PLN", "rp": "IDR", "idr": "IDR", "ft": "HUF", "huf": "HUF", "kč": "CZK", "czk": "CZK",
	"₪": "ILS", "ils": "ILS", "clp$": "CLP", "clp": "CLP", "col$": "COP", "cop": "COP", "₱": "PHP", "php": "PHP", "aed": "AED", "د.إ": "AED", "ron": "RON", "₫": "VND", "vnd": "VND", "₴": "UAH",
}
