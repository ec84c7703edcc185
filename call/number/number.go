// Package number writes telephone numbers the way trunks write them, and says
// which may be dialled. Inside, a number is E.164 with a plus; what is no such
// number, an extension, a short code, a user's name, passes as it is.
//
// A Plan is made of a trunk's numbers once and used for every call: its In methods
// on what the trunk sends, its Out methods on what it is sent. A Policy is asked
// by call's gate for every outgoing leg, whoever wished for it. Both are values of
// their arguments: they hold no state, and any goroutine may use them. Nothing
// here decides which trunk a call takes; that is call/route.
package number

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"trunkline/sip/trunk"
)

// maxNumber bounds what is looked at: 15 digits (E.164 §6), an international
// prefix, and what people put between them.
const maxNumber = 40

// leastNational is the fewest digits of a national number: what is shorter may be
// somebody's extension.
const leastNational = 7

// Plan knows how one trunk writes numbers.
type Plan struct {
	numbers trunk.Numbers
	code    int    // the country's calling code
	idd     string // dialled before foreign numbers; "" when callers choose a carrier by it
}

// New returns the plan of a trunk. Without a region numbers keep their form.
func New(n trunk.Numbers) Plan {
	p := Plan{numbers: n}
	if n.Region != "" {
		p.code = phonenumbers.GetCountryCodeForRegion(n.Region)
		p.idd = internationalPrefix(n.Region, p.code)
	}
	return p
}

// CallerIn returns a caller's number as it is known inside.
func (p Plan) CallerIn(user string) string { return p.in(user, p.numbers.Caller) }

// CalledIn returns the number a trunk calls as it is known inside.
func (p Plan) CalledIn(user string) string {
	if rest, ok := strings.CutPrefix(user, p.numbers.Strip); ok && rest != "" {
		user = rest
	}
	return p.in(user, p.numbers.Called)
}

// CallerOut returns a caller's number in the way the trunk wants it.
func (p Plan) CallerOut(user string) string { return p.out(user, p.numbers.Caller) }

// CalledOut returns a number to call in the way the trunk wants it. No plus can
// stand behind a prefix: it is left out.
func (p Plan) CalledOut(user string) string {
	user = p.out(user, p.numbers.Called)
	if p.numbers.Prefix == "" || !dialled(user) {
		return user
	}
	return p.numbers.Prefix + strings.TrimPrefix(user, "+")
}

// in brings a number to E.164, or leaves it as it is.
func (p Plan) in(user, style string) string {
	if p.numbers.Region == "" || len(user) > maxNumber {
		return user
	}
	number := plain(user)
	var e164 string
	switch digits, plus := strings.CutPrefix(number, "+"); {
	case digits == "" || !isDigits(digits):
	case plus:
		e164 = global(digits)
	case len(digits) >= leastNational:
		e164 = national(digits, p.numbers.Region) // first: China's mobile 150… would be America's +1 50…
		if e164 == "" && style == "digits" {
			e164 = valid(digits)
		}
	}
	if e164 == "" {
		return user
	}
	return e164
}

// global returns the number that follows a plus, or nothing when there can be
// none. People write the national prefix too, +49 (0)30 123456; it goes when what
// is left is known to be a number, since numbering plans grow.
func global(digits string) string {
	n, err := phonenumbers.Parse("+"+digits, "")
	switch {
	case err != nil || !phonenumbers.IsPossibleNumber(n):
		return ""
	case phonenumbers.IsValidNumber(n):
		return phonenumbers.Format(n, phonenumbers.E164)
	}
	return "+" + digits
}

// valid is global for digits that need not be meant so.
func valid(digits string) string {
	n, err := phonenumbers.Parse("+"+digits, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// national returns what digits mean when they are dialled in a region. Where a
// national prefix belongs before the number it must be there, else an extension or
// a foreign number without its plus would become a number of the region. A number
// that cannot be dialled from abroad, such as China's 400, has no other form.
func national(digits, region string) string {
	n, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	if err != nil || !phonenumbers.IsNationalPrefixPresentIfRequired(n) {
		return ""
	}
	const nowhere = "ZZ" // whence only what can be dialled from everywhere has a form
	e164 := phonenumbers.FormatNumberForMobileDialing(n, nowhere, false)
	if !strings.HasPrefix(e164, "+") {
		return "" // of a country there is not the library returns what it got
	}
	return e164
}

// out writes a number in a style. What is not E.164 keeps its form.
func (p Plan) out(user, style string) string {
	digits, plus := strings.CutPrefix(user, "+")
	if p.numbers.Region == "" || !plus || len(digits) > 15 || !isDigits(digits) {
		return user
	}
	abroad := user
	if p.idd != "" {
		abroad = p.idd + digits
	}
	home := strings.HasPrefix(digits, strconv.Itoa(p.code)) // no calling code begins another
	switch style {
	case "digits":
		return digits
	case "international":
		if home && p.code == phonenumbers.NANPA_COUNTRY_CODE {
			return digits // 011 is for what lies beyond
		}
		return abroad
	case "national":
		if !home {
			return abroad
		}
		n, err := phonenumbers.Parse(user, "")
		if err != nil || !phonenumbers.IsValidNumber(n) {
			return abroad // else +49110 would call the police
		}
		return phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(n, phonenumbers.NATIONAL))
	}
	return user
}

// internationalPrefix is what callers in a region dial before a foreign number, as
// the library would write it before one.
func internationalPrefix(region string, code int) string {
	const example = "442079460958"
	foreign := example
	if strings.HasPrefix(foreign, strconv.Itoa(code)) {
		foreign = "12125551234"
	}
	n, err := phonenumbers.Parse("+"+foreign, "")
	if err != nil {
		return ""
	}
	written := phonenumbers.FormatOutOfCountryCallingNumber(n, region)
	prefix, _, _ := strings.Cut(written, " ")
	prefix = strings.ReplaceAll(prefix, "~", "") // where one waits for a tone
	if !isDigits(prefix) {
		return "" // a pattern: the caller chooses a carrier
	}
	return prefix
}

// plain returns the number without what RFC 3966 §3 allows for the eye. Anything
// else that is no digit stays.
func plain(user string) string {
	if !strings.ContainsAny(user, "-.() ") {
		return user
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.() ", r) {
			return -1
		}
		return r
	}, user)
}

// isDigits reports whether text is ASCII digits, at least one.
func isDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// dialled reports whether text is something that keys can dial.
func dialled(text string) bool {
	text = strings.TrimPrefix(text, "+")
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789*#", r) })
}

// Check returns what is wrong with a trunk's numbers beyond what trunk.Check sees.
func Check(n trunk.Numbers) []trunk.Problem {
	if n.Region == "" || New(n).idd != "" {
		return nil
	}
	var found []trunk.Problem
	for _, s := range []struct{ path, style string }{{"caller", n.Caller}, {"called", n.Called}} {
		if s.style == "international" {
			found = append(found, trunk.Problem{Path: s.path, Text: "callers in " + n.Region +
				" choose a carrier by the international prefix: use e164 or digits, and prefix"})
		}
	}
	return found
}
