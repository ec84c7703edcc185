package srtp

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeyDerivation is RFC 3711 appendix B.3.
func TestKeyDerivation(t *testing.T) {
	master, err := aes.NewCipher(unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139"))
	if err != nil {
		t.Fatal(err)
	}
	salt := [14]byte(unhex(t, "0EC675AD498AFEEBB6960B3AABE6"))
	f := func(label byte, want string) {
		t.Helper()
		got := make([]byte, len(want)/2)
		if derive(got, master, salt, label); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("label %d: got %X, want %s", label, got, want)
		}
	}
	f(0, "C61E7A93744F39EE10734AFE3FF7A087")
	f(1, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68")
	f(2, "30CBBC08863D8C85D49DB34A9AE1")
}

// TestKeystream is RFC 3711 appendix B.2.
func TestKeystream(t *testing.T) {
	block, err := aes.NewCipher(unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C"))
	if err != nil {
		t.Fatal(err)
	}
	c := newCounterMode(block, nil, unhex(t, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), 10)
	stream := make([]byte, 0xff02*aes.BlockSize)
	c.crypt(stream, 0, 0)
	f := func(n int, want string) {
		t.Helper()
		if got := stream[n*aes.BlockSize:][:aes.BlockSize]; !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("block %#x: got %X, want %s", n, got, want)
		}
	}
	f(0, "E03EAD0935C95E80E166B16DD92B4EB4")
	f(1, "D23513162B02D0F72A43A2FE4A5F97AB")
	f(2, "41E95B3BB0A2E8DD477901E4FCA894C0")
	f(0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4")
	f(0xff00, "362B7C3C6773516318A077D7FC5073AE")
	f(0xff01, "6A2CC3787889374FBEB4C81B17BA6C44")
}

// TestGCM is RFC 7714 sections 16.1.1, 16.2.1, 17.1 and 17.3, whose keys are session keys.
func TestGCM(t *testing.T) {
	f := func(key, wantRTP, wantRTCP string) {
		t.Helper()
		block, err := aes.NewCipher(unhex(t, key))
		if err != nil {
			t.Fatal(err)
		}
		g, err := newGCM(block, unhex(t, "517569642070726f2071756f"), make([]byte, maxPacket))
		if err != nil {
			t.Fatal(err)
		}
		plain := unhex(t, `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
			69736120 696e2070 61727465 73207472 6573`)
		got := g.sealRTP(bytes.Clone(plain), rtpHeader, 0xf17b)
		if !bytes.Equal(got, unhex(t, wantRTP)) {
			t.Errorf("rtp: got %x, want %s", got, wantRTP)
		}
		if back, ok := g.openRTP(got, rtpHeader, 0xf17b); !ok || !bytes.Equal(back, plain) {
			t.Errorf("rtp: back %x, %v", back, ok)
		}
		report := unhex(t, `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
			deadbeef deadbeef deadbeef deadbeef deadbeef`)
		got = g.sealRTCP(bytes.Clone(report), 0x5d4)
		if !bytes.Equal(got, unhex(t, wantRTCP)) {
			t.Errorf("rtcp: got %x, want %s", got, wantRTCP)
		}
		if back, ok := g.openRTCP(got, 0x5d4); !ok || !bytes.Equal(back, report) {
			t.Errorf("rtcp: back %x, %v", back, ok)
		}
	}
	f("000102030405060708090a0b0c0d0e0f",
		`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
		51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`,
		`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
		4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`)
	f("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		`8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02
		76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`,
		`81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be
		8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4`)
}

// TestAgainstLibsrtp compares with packets that libsrtp has protected, byte by byte
// and both ways: their sequence numbers roll over, one has a CSRC and an extension.
func TestAgainstLibsrtp(t *testing.T) {
	text, err := os.ReadFile("testdata/libsrtp.txt")
	if err != nil {
		t.Fatal(err)
	}
	var us, them *Context
	compared := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[0] == "#" {
			continue
		}
		if fields[1] == "key" {
			id, _ := SuiteByName(fields[0])
			k, err := KeysFrom(id, unhex(t, fields[2]))
			if err != nil {
				t.Fatal(err)
			}
			us, _ = New(k, k)
			them, _ = New(k, k)
			continue
		}
		plain, secret := unhex(t, fields[2]), unhex(t, fields[3])
		protect, unprotect := us.ProtectRTP, them.UnprotectRTP
		if fields[1] == "rtcp" {
			// libsrtp counts from 1, as we do.
			protect, unprotect = us.ProtectRTCP, them.UnprotectRTCP
		}
		if got := protect(bytes.Clone(plain)); !bytes.Equal(got, secret) {
			t.Errorf("%s %s: got %x, libsrtp has %x", fields[0], fields[1], got, secret)
		}
		if got, v := unprotect(bytes.Clone(secret)); v != Keep || !bytes.Equal(got, plain) {
			t.Errorf("%s %s: %v %x, want %x", fields[0], fields[1], v, got, plain)
		}
		compared++
	}
	if compared != 4*11 {
		t.Errorf("%d packets compared, want 44", compared)
	}
}
