package number

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"trunkline/sip/trunk"
)

var dialingTrunks = []trunk.Trunk{
	{Name: "de", Numbers: trunk.Numbers{Region: "DE"}}, {Name: "us", Numbers: trunk.Numbers{Region: "US"}},
	{Name: "cn", Numbers: trunk.Numbers{Region: "CN"}}, {Name: "bare"},
	{Name: "digits-de", Numbers: trunk.Numbers{Region: "DE"}, Quirks: []string{"plus_refused"}},
	{Name: "digits-us", Numbers: trunk.Numbers{Region: "US", Called: "digits"}},
	{Name: "digits-cn", Numbers: trunk.Numbers{Region: "CN", Called: "digits"}},
}

func TestDialing(t *testing.T) {
	var p *Policy
	f := func(through, number, want string) {
		t.Helper()
		got := ""
		var r *Refusal
		if errors.As(p.Allow(through, number), &r) {
			got = r.Rule + ": " + r.Text
		}
		if got != want {
			t.Errorf("%s through %s: %q; want %q", number, through, got, want)
		}
	}
	const premiumRule, satelliteRule = "dialing.costly: premium numbers are not allowed", "dialing.costly: satellite numbers are not allowed"

	p = NewPolicy(DialingRules{}, dialingTrunks)
	for _, number := range []string{"", "1001", "anna", "+4930123456", "030123456", "+12125551234", "+8613812345678", "110", "*21#", "+49300", "+"} {
		f("de", number, "")
		f("bare", number, "")
	}
	f("de", "+4990012345678", premiumRule) // one digit too many
	f("de", "+499001234567", premiumRule)
	f("de", "09001234567", premiumRule)
	f("de", "0900-1234567", premiumRule)
	f("de", "00499001234567", premiumRule)
	f("de", "+49 900 1 234567", premiumRule)
	f("de", "+19005551234", premiumRule)
	f("de", "+190055512349999", premiumRule)
	f("us", "19005551234", premiumRule)
	f("us", "011449012345678", premiumRule)
	f("de", "+979123456789", premiumRule)
	f("de", "+882161234567", satelliteRule)
	f("de", "0088212", satelliteRule)
	f("us", "01188212", satelliteRule)
	f("us", "+8816123456789", satelliteRule)
	f("bare", "00870773123456", satelliteRule)
	f("bare", "011870773123456", satelliteRule)
	f("bare", "+8-7-0773123456", satelliteRule)
	f("unknown", "+870773123456", satelliteRule)
	f("digits-de", "882161234567", satelliteRule)
	f("digits-de", "8821612", satelliteRule) // too short for us to know
	f("digits-de", "19005551234", premiumRule)
	f("digits-us", "8705551234", "")  // Arkansas
	f("digits-cn", "19001234567", "") // a mobile

	p = NewPolicy(DialingRules{Dialing: Dialing{Allow: []string{"+49", "+1", "+8821", "1"}, Deny: []string{"+491", "+1876"}, Costly: []string{"satellite"}}}, dialingTrunks)
	f("de", "030123456", "")
	f("de", "+882161234567", "")
	f("de", "+883161234567", "dialing.allow: +883161234567 fits none of +49, +1, +8821, 1")
	f("de", "01711234567", "dialing.deny: +491 is denied")
	f("de", "00491711234567", "dialing.deny: +491 is denied")
	f("us", "18765551234", "dialing.deny: +1876 is denied")
	f("us", "01118765551234", "dialing.deny: +1876 is denied")
	f("de", "anna", "dialing.allow: anna fits none of +49, +1, +8821, 1")
	f("de", "", "dialing.allow: nothing fits none of +49, +1, +8821, 1")
	f("de", "1001", "")
	f("de", "112", "")
	f("us", "911", "")
	f("cn", "120", "")
	f("bare", "911", "dialing.allow: 911 fits none of +49, +1, +8821, 1")
	f("de", "+112", "") // of +1, and no emergency number
	f("us", "+911", "dialing.allow: +911 fits none of +49, +1, +8821, 1")

	p = NewPolicy(DialingRules{
		Dialing: Dialing{Deny: []string{"+4", "+44"}, Allow: []string{"+49", "+44"}},
		Trunks:  map[string]Dialing{"de": {Allow: []string{"+4930"}, Costly: []string{"premium"}}, "us": {Deny: []string{"+4930"}}},
	}, dialingTrunks)
	f("de", "+4930123456", "")
	f("de", "+4989123456", "dialing.trunks.de.allow: +4989123456 fits none of +4930")
	f("us", "+4930123456", "dialing.trunks.us.deny: +4930 is denied")
	f("us", "+4989123456", "")
	f("us", "+442079460958", "dialing.deny: +44 is denied")
	f("us", "+431234567", "dialing.deny: +4 is denied")
	f("de", "+499001234567", "dialing.trunks.de.allow: +499001234567 fits none of +4930")

	err := p.Allow("us", "+442079460958")
	if err == nil || err.Error() != "+442079460958 through us: dialing.deny: +44 is denied" {
		t.Error(err)
	}
}

func TestCheckDialing(t *testing.T) {
	f := func(want, text string) {
		t.Helper()
		var r, again DialingRules
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalWithOptions([]byte(text), &again, yaml.Strict()); err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("YAML reads %+v %v; JSON %+v", again, err, r)
		}
		found := r.Check(dialingTrunks)
		if want == "" && len(found) == 0 {
			return
		}
		if len(found) != 1 || want == "" || !strings.Contains(found[0].String(), want) {
			t.Errorf("%s: %v; want %q", text, found, want)
		}
	}
	f("", `{}`)
	f("", `{"allow": ["+49", "100", "anna", "*"], "deny": ["+4930"], "costly": ["premium", "satellite"], "trunks": {"de": {"allow": ["+1"]}}}`)
	f(`allow[0]: "+49*"`, `{"allow": ["+49*"]}`)
	f(`deny[1]: "" is not`, `{"deny": ["+49", ""]}`)
	f(`allow[0]: "+4 9" is not`, `{"allow": ["+4 9"]}`)
	f(`allow[0]: "+49" is denied too`, `{"allow": ["+49"], "deny": ["+49"]}`)
	f(`costly[0]: "cheap" is not one of premium, satellite`, `{"costly": ["cheap"]}`)
	f(`trunks.fr: there is no trunk`, `{"trunks": {"fr": {}}}`)
	f(`trunks.de.deny[0]: ""`, `{"trunks": {"de": {"deny": [""]}}}`)
}

// TestPageIsRight reads the dialing example of docs/routing.md.
func TestPageIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\ndialing:")
	example, _, ok := strings.Cut(rest, "```")
	var file struct {
		Dialing DialingRules `json:"dialing"`
	}
	if err := yaml.UnmarshalWithOptions([]byte("dialing:"+example), &file, yaml.Strict()); err != nil || !ok {
		t.Fatal(err)
	}
	r := file.Dialing
	if found := r.Check([]trunk.Trunk{{Name: "carrier-b"}}); len(found) > 0 || len(r.Allow) != 3 || len(r.Trunks) != 1 {
		t.Errorf("read %+v: %v", r, found)
	}
}

// Whatever is asked, a number that is denied by its plain form stays denied.
func FuzzPolicy(f *testing.F) {
	for _, s := range []string{"+49301234", "0088216", "anna", "+1900555123499", "---", "+", "00", "011"} {
		f.Add(s)
	}
	p := NewPolicy(DialingRules{Dialing: Dialing{Deny: []string{"+49"}}}, dialingTrunks)
	f.Fuzz(func(t *testing.T, number string) {
		for _, tr := range dialingTrunks {
			err := p.Allow(tr.Name, number)
			if strings.HasPrefix(plain(number), "+49") && err == nil {
				t.Errorf("%q may be called through %s", number, tr.Name)
			}
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	p := NewPolicy(DialingRules{Dialing: Dialing{Allow: []string{"+49", "+1"}}}, dialingTrunks)
	b.ReportAllocs()
	for b.Loop() {
		p.Allow("de", "+4930123456")
	}
}
