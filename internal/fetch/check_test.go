package fetch

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// TestAddressesAsWritten holds what is refused before anything is looked up.
func TestAddressesAsWritten(t *testing.T) {
	c := New(Options{})
	defer c.Close()
	f := func(address, want string) {
		t.Helper()
		_, err := c.check(address)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", address, err)
		case want != "" && (!errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
	f("https://cert.example.com/a.pem", "")
	f("https://cert.example.com:8443/a.pem?x=y", "")
	f("https://192.0.2.1/", "") // refused when it is dialled
	f("https://[2001:db8::1]/", "")
	f("http://cert.example.com/", "scheme")
	f("file:///etc/passwd", "scheme")
	f("gopher://cert.example.com/", "scheme")
	f("ftp://cert.example.com/", "scheme")
	f("javascript:alert(1)", "scheme")
	f("//cert.example.com/", "scheme")
	f("", "scheme")
	f("https:cert.example.com", "no host")
	f("https:///a", "no host")
	f("https://user:secret@cert.example.com/", "password")
	f("https://[fe80::1%25eth0]/", "zone")
	f("https://2130706433/", "not an address")
	f("https://0x7f000001/", "not an address")
	f("https://0x7f.0.0.1/", "not an address")
	f("https://0177.0.0.1/", "not an address")
	f("https://127.1/", "not an address")
	f("https://127.0.0.1./", "not an address")
	f("https://1.2.3.4.5/", "not an address")
	f("https://./", "not an address")
	f("https://a\x00b/", "not a URL")
	f("https://exa mple.com/", "not a URL")
	f("https://"+strings.Repeat("a", 3000), "bytes")
	if _, err := c.check("https://user:secret@cert.example.com/"); strings.Contains(err.Error(), "secret") {
		t.Errorf("the secret is in %v", err)
	}
}

func TestHostsOnTheList(t *testing.T) {
	c := New(Options{Hosts: []string{"cert.example.com", ".carrier.example"}})
	defer c.Close()
	f := func(host string, want bool) {
		t.Helper()
		if _, err := c.check("https://" + host + "/"); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
	f("cert.example.com", true)
	f("CERT.example.com.", true)
	f("other.example.com", false)
	f("cert.example.com.evil.test", false)
	f("a.carrier.example", true)
	f("carrier.example", false)
	f("evilcarrier.example", false)
}

func TestMayReach(t *testing.T) {
	c := New(Options{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	defer c.Close()
	f := func(want bool, addresses ...string) {
		t.Helper()
		for _, a := range addresses {
			addr := netip.MustParseAddr(a)
			if err := c.mayReach(addr); (err == nil) != want {
				t.Errorf("%s: %v", a, err)
			}
			err := c.control(t.Context(), "tcp", netip.AddrPortFrom(addr, 443).String(), nil)
			if (err == nil) != want {
				t.Errorf("%s: control: %v", a, err)
			}
		}
	}
	f(true, "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1", "10.1.2.3", "::ffff:10.1.2.3")
	f(false, "0.0.0.0", "127.0.0.1", "127.255.255.255", "10.0.0.1", "10.2.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1")
	f(false, "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "100.64.0.1", "198.18.0.1")
	f(false, "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "203.0.113.9")
	f(false, "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1")
	f(false, "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1")
	if err := c.control(t.Context(), "tcp", "nonsense", nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("nonsense: %v", err)
	}
}

// FuzzCheck holds that whatever passes is of the Internet as it is written, or is a
// name that dial will resolve.
func FuzzCheck(f *testing.F) {
	f.Add("https://cert.example.com/a.pem")
	f.Add("https://[::ffff:127.0.0.1]:443/")
	f.Add("https://0x7f.1\\@example.com/")
	c := New(Options{})
	f.Fuzz(func(t *testing.T, address string) {
		u, err := c.check(address)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.Hostname() == "" || u.User != nil || numeric(strings.ToLower(u.Hostname())) {
			t.Fatalf("%q passes as %+v", address, u)
		}
	})
}
