package number

import (
	"regexp"
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

func TestIn(t *testing.T) {
	var p Plan
	f := func(raw, want string) {
		t.Helper()
		if got := p.CalledIn(raw); got != want {
			t.Errorf("called %q is %q; want %q", raw, got, want)
		}
		if got := p.CallerIn(raw); got != want {
			t.Errorf("caller %q is %q; want %q", raw, got, want)
		}
	}
	same := func(raws ...string) {
		t.Helper()
		for _, raw := range raws {
			f(raw, raw)
		}
	}

	p = New(trunk.Numbers{Region: "CN"})
	f("01062345678", "+861062345678")
	f("02112345678", "+862112345678")
	f("075512345678", "+8675512345678")
	f("13812345678", "+8613812345678")
	f("013812345678", "+8613812345678")
	f("008613812345678", "+8613812345678")
	f("8613812345678", "+8613812345678")
	f("+86 010 6234 5678", "+861062345678")
	f("+86-138-1234-5678", "+8613812345678")
	f("00442079460958", "+442079460958")
	f("0085223456789", "+85223456789")
	f("+864008123123", "+864008123123") // as somebody wrote it
	same("4008123123", "8008101234")    // cannot be dialled from abroad
	same("95588", "95533", "10086", "10000", "12306", "12345", "110", "119", "120", "122", "96110", "1010", "62345678", "8001", "106812345678901")

	p = New(trunk.Numbers{Region: "DE"})
	f("030123456", "+4930123456")
	f("(030) 123-456", "+4930123456")
	f("+49 (0)30 123456", "+4930123456")
	f("004930123456", "+4930123456")
	f("4930123456", "+4930123456")
	f("01711234567", "+491711234567")
	f("08001234567", "+498001234567")
	f("00442079460958", "+442079460958")
	same("30123456", "442079460958", "110", "112", "116117", "115", "1234", "1234567", "22", "0", "00")

	p = New(trunk.Numbers{Region: "US"})
	f("2125551234", "+12125551234")
	f("12125551234", "+12125551234")
	f("(212) 555-1234", "+12125551234")
	f("4165551234", "+14165551234") // Canada
	f("011442079460958", "+442079460958")
	f("8005551234", "+18005551234")
	same("911", "411", "988", "5551234", "1001", "21255512345", "0442079460958")

	p = New(trunk.Numbers{Region: "GB"})
	f("02079460958", "+442079460958")
	f("07911123456", "+447911123456")
	f("08001111111", "+448001111111")
	f("0012125551234", "+12125551234")
	same("999", "101", "111", "7946095", "2079460958")

	p = New(trunk.Numbers{Region: "IT"})
	f("0612345678", "+390612345678") // the zero belongs to the number

	for _, region := range []string{"CN", "DE", "US", "GB", ""} {
		p = New(trunk.Numbers{Region: region})
		same("", "+", "++4930123456", "anonymous", "unknown", "anna", "1-800-FLOWERS", "4930123456a", "*21*030123456#", "030123456;ext=5",
			"+49", "+0", "+999999999999", "+1234567890123456", "٠٣٠١٢٣٤٥٦", "030\u00a0123456", strings.Repeat("1", 500),
			"030\x00123456", "+49\r\nVia: x", "sip:030123456", "-", "()", "+ ")
	}
	p = New(trunk.Numbers{})
	same("030123456", "+49 30 123456", "004930123456", "2125551234")
}

func TestInOfTrunksThatSendDigits(t *testing.T) {
	f := func(region, raw, want string) {
		t.Helper()
		p := New(trunk.Numbers{Region: region, Caller: "digits", Called: "digits"})
		if got := p.CallerIn(raw); got != want {
			t.Errorf("%s %q is %q; want %q", region, raw, got, want)
		}
	}
	f("DE", "442079460958", "+442079460958")
	f("DE", "4930123456", "+4930123456")
	f("DE", "030123456", "+4930123456")
	f("US", "442079460958", "+442079460958")
	f("US", "2125551234", "+12125551234")
	f("US", "1001", "1001")
	f("US", "4785551234", "+14785551234") // not Norway
	f("CN", "13812345678", "+8613812345678")
	f("CN", "15012345678", "+8615012345678") // not Arkansas
	f("CN", "12125551234", "+12125551234")
	f("CN", "4008123123", "4008123123")
}

func TestOut(t *testing.T) {
	f := func(region, user, keep, digits, national, international string) {
		t.Helper()
		for style, want := range map[string]string{"": keep, "keep": keep, "e164": keep, "digits": digits, "national": national, "international": international} {
			p := New(trunk.Numbers{Region: region, Caller: style, Called: style})
			if got := p.CallerOut(user); got != want {
				t.Errorf("%s %s %q is %q; want %q", region, style, user, got, want)
			}
			if got := p.CalledOut(user); got != want {
				t.Errorf("%s %s called %q is %q; want %q", region, style, user, got, want)
			}
		}
	}
	same := func(region, user string) {
		t.Helper()
		f(region, user, user, user, user, user)
	}
	f("DE", "+4930123456", "+4930123456", "4930123456", "030123456", "004930123456")
	f("DE", "+442079460958", "+442079460958", "442079460958", "00442079460958", "00442079460958")
	f("CN", "+8613812345678", "+8613812345678", "8613812345678", "13812345678", "008613812345678")
	f("CN", "+861062345678", "+861062345678", "861062345678", "01062345678", "00861062345678")
	f("CN", "+864008123123", "+864008123123", "864008123123", "4008123123", "00864008123123")
	f("US", "+12125551234", "+12125551234", "12125551234", "2125551234", "12125551234")
	f("US", "+14165551234", "+14165551234", "14165551234", "4165551234", "14165551234")
	f("US", "+442079460958", "+442079460958", "442079460958", "011442079460958", "011442079460958")
	f("GB", "+442079460958", "+442079460958", "442079460958", "02079460958", "00442079460958")
	f("GB", "+12125551234", "+12125551234", "12125551234", "0012125551234", "0012125551234")
	f("RU", "+442079460958", "+442079460958", "442079460958", "810442079460958", "810442079460958")
	f("BR", "+442079460958", "+442079460958", "442079460958", "+442079460958", "+442079460958") // no one prefix
	f("DE", "+49110", "+49110", "49110", "0049110", "0049110")                                  // no national number
	for _, region := range []string{"DE", "US", "CN"} {
		for _, user := range []string{"", "+", "110", "95588", "4008123123", "1001", "anna", "anonymous", "030123456", "+49a", "+49 30", "+1234567890123456", "+49\r\n"} {
			same(region, user)
		}
	}
	same("", "+4930123456")
}

func TestStripAndPrefix(t *testing.T) {
	p := New(trunk.Numbers{Region: "DE", Strip: "9", Prefix: "77#", Called: "e164"})
	f := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %q; want %q", what, got, want)
		}
	}
	f("called in", p.CalledIn("9030123456"), "+4930123456")
	f("called in, nothing else", p.CalledIn("9"), "9")
	f("called in, not there", p.CalledIn("030123456"), "+4930123456")
	f("called in, short", p.CalledIn("9110"), "110")
	f("caller in", p.CallerIn("9030123456"), "9030123456")
	f("called out", p.CalledOut("+4930123456"), "77#4930123456")
	f("called out, short", p.CalledOut("110"), "77#110")
	f("called out, name", p.CalledOut("anna"), "anna")
	f("called out, nothing", p.CalledOut(""), "")
	f("caller out", p.CallerOut("+4930123456"), "+4930123456")

	bare := New(trunk.Numbers{Strip: "0", Prefix: "5"})
	f("without region", bare.CalledIn("0123"), "123")
	f("without region", bare.CalledOut("+123"), "5123")
}

func TestCheck(t *testing.T) {
	f := func(want int, n trunk.Numbers) {
		t.Helper()
		if got := Check(n); len(got) != want {
			t.Errorf("%+v: %v", n, got)
		}
	}
	f(0, trunk.Numbers{})
	f(0, trunk.Numbers{Region: "DE", Called: "international"})
	f(0, trunk.Numbers{Region: "BR", Called: "national"})
	f(2, trunk.Numbers{Region: "BR", Called: "international", Caller: "international"})
}

// A number is either left alone or E.164, and then stays what it is; what leaves
// is made of no characters that did not come.
func FuzzPlan(f *testing.F) {
	for _, s := range []string{"030123456", "+4930123456", "004930123456", "13812345678", "anna", "+49(0)30-1", "0", "9595588", "011442079460958"} {
		f.Add(s, uint8(0))
	}
	regions := []string{"DE", "US", "CN", "GB", "BR", "IT", "RU", "AR", "MX", ""}
	styles := []string{"keep", "e164", "digits", "national", "international"}
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{3,16}$`)
	f.Fuzz(func(t *testing.T, user string, pick uint8) {
		style := styles[int(pick)/len(regions)%len(styles)]
		p := New(trunk.Numbers{Region: regions[int(pick)%len(regions)], Caller: style, Called: style, Prefix: "1#"})
		in := p.CallerIn(user)
		if in != user && !e164.MatchString(in) {
			t.Errorf("%q became %q", user, in)
		}
		if again := p.CallerIn(in); again != in {
			t.Errorf("%q became %q, then %q", user, in, again)
		}
		for _, out := range []string{p.CallerOut(user), p.CalledOut(user), p.CallerOut(in)} {
			if out != user && out != in && strings.Trim(out, "+0123456789*#") != "" {
				t.Errorf("%q was sent as %q", user, out)
			}
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	p := New(trunk.Numbers{Region: "DE", Called: "national"})
	bare := New(trunk.Numbers{})
	for _, bench := range []struct {
		name string
		run  func()
	}{
		{"in-plus", func() { p.CalledIn("+4930123456") }},
		{"in-national", func() { p.CalledIn("030123456") }},
		{"in-extension", func() { p.CalledIn("1001") }},
		{"out-national", func() { p.CalledOut("+4930123456") }},
		{"no-region", func() { bare.CalledOut(bare.CalledIn("030123456")) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bench.run()
			}
		})
	}
}
