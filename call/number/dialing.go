package number

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"trunkline/sip/trunk"
)

// Dialing says which numbers may be called. The longest beginning that fits a
// number decides, and a number that fits none may be called when nothing at all is
// allowed by name. Emergency numbers of the trunk's region always may.
type Dialing struct {
	Allow  []string `json:"allow,omitempty" doc:"Beginnings of numbers that may be called, such as +49; none: any"`
	Deny   []string `json:"deny,omitempty" doc:"Beginnings of numbers that may not"`
	Costly []string `json:"costly,omitempty" enum:"premium,satellite" doc:"Kinds of costly numbers that may be called; default none"`
}

// DialingRules are those for every trunk, and further ones for some: a number must
// pass both. What is costly may be called where either says so.
type DialingRules struct {
	Dialing `json:",inline"`
	Trunks  map[string]Dialing `json:"trunks,omitempty" doc:"Further rules for calls through a trunk"`
}

// Kinds of costly numbers.
const (
	premium   = "premium"   // whoever is called earns
	satellite = "satellite" // and other networks that no country regulates
)

// costly are country codes that are of a kind whatever follows (E.164.1 annex A).
var costly = map[string]string{"+870": satellite, "+881": satellite, "+882": satellite, "+883": satellite, "+979": premium}

// Check returns everything that is wrong with rules beside these trunks.
func (r DialingRules) Check(trunks []trunk.Trunk) []trunk.Problem {
	found := r.check("")
	for _, name := range slices.Sorted(maps.Keys(r.Trunks)) {
		path := "trunks." + name
		if !slices.ContainsFunc(trunks, func(t trunk.Trunk) bool { return t.Name == name }) {
			found = append(found, trunk.Problem{Path: path, Text: fmt.Sprintf("there is no trunk %q", name)})
		}
		found = append(found, r.Trunks[name].check(path+".")...)
	}
	return found
}

func (d Dialing) check(path string) (found []trunk.Problem) {
	add := func(list string, i int, format string, args ...any) {
		found = append(found, trunk.Problem{Path: fmt.Sprintf("%s%s[%d]", path, list, i), Text: fmt.Sprintf(format, args...)})
	}
	for _, l := range []struct {
		name    string
		entries []string
	}{{"allow", d.Allow}, {"deny", d.Deny}} {
		for i, entry := range l.entries {
			switch {
			case strings.HasSuffix(entry, "*") && len(entry) > 1:
				add(l.name, i, "%q: every entry is a beginning, write it without *", entry)
			case entry == "" || len(entry) > maxNumber || strings.ContainsFunc(entry, func(r rune) bool { return r <= ' ' || r > '~' }):
				add(l.name, i, "%q is not the beginning of a number, such as +49", entry)
			case l.name == "allow" && slices.Contains(d.Deny, entry):
				add(l.name, i, "%q is denied too", entry)
			}
		}
	}
	for i, kind := range d.Costly {
		if kind != premium && kind != satellite {
			add("costly", i, "%q is not one of %s, %s", kind, premium, satellite)
		}
	}
	return found
}

// Policy is dialing rules for trunks whose regions are known.
type Policy struct {
	rules DialingRules
	plans map[string]Plan // by trunk
}

// NewPolicy returns the policy of rules that Check found right.
func NewPolicy(r DialingRules, trunks []trunk.Trunk) *Policy {
	p := &Policy{rules: r, plans: map[string]Plan{}}
	for _, t := range trunks {
		p.plans[t.Name] = New(trunk.Numbers{Region: t.Numbers.Region, Called: t.Apply().Numbers.Called})
	}
	return p
}

// Refusal is an error: a number may not be called, by which rule.
type Refusal struct {
	Number string
	Trunk  string
	Rule   string // where it stands, such as dialing.deny or dialing.trunks.carrier.allow
	Text   string
}

// Error returns "+882… through carrier: dialing.costly: satellite numbers are not allowed".
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s through %s: %s: %s", r.Number, r.Trunk, r.Rule, r.Text)
}

// Allow returns a *Refusal as its error when a number may not be called through a
// trunk. The number is as known inside, before CalledOut.
func (p *Policy) Allow(through, number string) error {
	plan := p.plans[through]
	if region := plan.numbers.Region; region != "" && phonenumbers.IsEmergencyNumber(number, region) && isDigits(number) {
		return nil
	}
	forms := plan.readings(number)
	own := p.rules.Trunks[through]
	refuse := func(rule, format string, args ...any) error {
		return &Refusal{Number: number, Trunk: through, Rule: "dialing." + rule, Text: fmt.Sprintf(format, args...)}
	}
	for _, form := range forms {
		kind := kindOf(form)
		if kind != "" && !slices.Contains(p.rules.Costly, kind) && !slices.Contains(own.Costly, kind) {
			return refuse("costly", "%s numbers are not allowed", kind)
		}
	}
	for _, d := range []struct {
		Dialing
		path string
	}{{p.rules.Dialing, ""}, {own, "trunks." + through + "."}} {
		for _, form := range forms {
			allow, deny := longest(d.Allow, form), longest(d.Deny, form)
			if deny != "" && len(deny) >= len(allow) {
				return refuse(d.path+"deny", "%s is denied", deny)
			}
		}
		if len(d.Allow) > 0 && longest(d.Allow, forms[0]) == "" {
			return refuse(d.path+"allow", "%s fits none of %s", cmp.Or(forms[0], "nothing"), strings.Join(d.Allow, ", "))
		}
	}
	return nil
}

// readings are the numbers that a far side may take a number for. The first is
// what it is to us; what is denied must be none of them.
func (p Plan) readings(number string) []string {
	bare := plain(number)
	forms := []string{bare}
	if e164 := p.in(bare, p.numbers.Called); e164 != bare {
		forms = []string{e164, bare}
	} else if p.numbers.Called == "digits" && isDigits(bare) && len(bare) >= leastNational {
		forms = append(forms, "+"+bare) // no number to us, but perhaps to who is sent it
	}
	prefixes := []string{p.idd}
	if p.numbers.Region == "" {
		prefixes = []string{"00", "011"} // those of most of the world
	}
	for _, idd := range prefixes {
		rest, ok := strings.CutPrefix(bare, idd)
		if ok && idd != "" && len(rest) > 3 && isDigits(rest) && !slices.Contains(forms, "+"+rest) {
			forms = append(forms, "+"+rest)
		}
	}
	return forms
}

// kindOf returns which kind of costly number this is, or nothing. Networks ignore
// digits that are too many: the beginning of a number counts.
func kindOf(number string) string {
	for code, kind := range costly {
		if strings.HasPrefix(number, code) {
			return kind
		}
	}
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || !isDigits(digits) {
		return ""
	}
	for digits = digits[:min(len(digits), 15)]; len(digits) >= leastNational; digits = digits[:len(digits)-1] {
		n, err := phonenumbers.Parse("+"+digits, "")
		if err != nil {
			continue
		}
		switch phonenumbers.GetNumberType(n) {
		case phonenumbers.PREMIUM_RATE:
			return premium
		case phonenumbers.UNKNOWN:
			continue
		}
		return ""
	}
	return ""
}

// longest returns the longest entry that the number begins with.
func longest(entries []string, number string) (best string) {
	for _, e := range entries {
		if strings.HasPrefix(number, e) && len(e) > len(best) {
			best = e
		}
	}
	return best
}
