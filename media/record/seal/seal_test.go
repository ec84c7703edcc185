package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// known was made by another implementation, of the format's description alone
// (Python, its cryptography package).
const known = "544c5345414c0001000100006465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828306323032362d61" +
	"284942d1594165676f76e073793da941" +
	"0000000bc4e700e691e0e04c35ea59e4435dc8318baefd75acfe11193b0d8c" +
	"0000000533606f482746a1574006c9f0a305f462845c278c15" +
	"8000000044f015feaa537aacc9fe5e2bbee4aa16"

func counting(from byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

func key(t testing.TB, id string, first byte) Key {
	t.Helper()
	k, err := NewKey(id, counting(first, secretLen))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealed seals helpings with a fixed salt.
func sealed(t testing.TB, k Key, helpings ...[]byte) []byte {
	t.Helper()
	s, err := newSealer(k, counting(100, saltLen))
	if err != nil {
		t.Fatal(err)
	}
	b := s.Begin(nil)
	for _, h := range helpings {
		b = s.Append(b, h)
	}
	return s.End(b)
}

func unseal(b []byte, keys ...Key) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(b), keys)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestFormatIsTheOneDescribed(t *testing.T) {
	k := key(t, "2026-a", 1)
	if got := hex.EncodeToString(sealed(t, k, []byte("RIFF, or so"), make([]byte, 5))); got != known {
		t.Errorf("sealed to\n%s, want\n%s", got, known)
	}
	file, err := hex.DecodeString(known)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(file, k); err != nil || string(got) != "RIFF, or so\x00\x00\x00\x00\x00" {
		t.Errorf("unsealed to %q, %v", got, err)
	}
}

func TestWhatIsSealedIsReadBack(t *testing.T) {
	old, current := key(t, "2025", 7), key(t, "2026", 1)
	f := func(lengths ...int) {
		t.Helper()
		s, err := New(current)
		if err != nil {
			t.Fatal(err)
		}
		b := s.Begin(nil)
		var want []byte
		for i, n := range lengths {
			helping := bytes.Repeat([]byte{byte(i + 1)}, n)
			before := len(b)
			b = s.Append(b, helping)
			want = append(want, helping...)
			if end := len(s.End(nil)); len(b)-before+end > s.Bound(n) {
				t.Errorf("%d bytes became %d, beyond the bound %d", n, len(b)-before+end, s.Bound(n))
			}
			s.chunks.count-- // that end was not meant
		}
		b = s.End(b)
		r, err := NewReader(iotest.HalfReader(bytes.NewReader(b)), Keys{old, current})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(r))
		if err != nil || !bytes.Equal(got, want) || r.KeyID() != "2026" {
			t.Errorf("%v: read %d bytes with key %s, %v; want %d", lengths, len(got), r.KeyID(), err, len(want))
		}
		if len(want) > 100 && bytes.Contains(b, want[:100]) {
			t.Error("the plaintext is in the file")
		}
	}
	f()
	f(0)
	f(1)
	f(MaxChunk)
	f(MaxChunk+1, 3*MaxChunk, 17)
}

func TestNoTwoFilesHaveAKeyInCommon(t *testing.T) {
	k := key(t, "k", 1)
	f := func() string {
		s, err := New(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(s.Append(nil, make([]byte, 64)))
	}
	if one, two := f(), f(); one == two {
		t.Fatal("the same sound is sealed to the same bytes")
	}
}

// TestEveryAlterationIsFound flips each bit of a file and cuts it at each length:
// what comes out is always a prefix of what went in, and an error that fits.
func TestEveryAlterationIsFound(t *testing.T) {
	k, other := key(t, "k", 1), key(t, "j", 9)
	plain := []byte("first helping, second helping")
	file := sealed(t, k, plain[:15], plain[15:])
	check := func(what string, b []byte, kinds ...error) {
		t.Helper()
		got, err := unseal(b, k, other)
		if !bytes.HasPrefix(plain, got) {
			t.Fatalf("%s: out came %q", what, got)
		}
		for _, kind := range kinds {
			if errors.Is(err, kind) {
				return
			}
		}
		t.Fatalf("%s: error %v, want one of %v", what, err, kinds)
	}
	header := fixedLen + 1 + checkLen
	for i := range file {
		for bit := range 8 {
			b := bytes.Clone(file)
			b[i] ^= 1 << bit
			if i < header {
				check("header bit", b, ErrNotSealed, ErrUnknown, ErrWrongKey, ErrTruncated)
			} else {
				check("bit", b, ErrAltered, ErrTruncated)
			}
		}
		if i < fixedLen {
			check("cut", file[:i], ErrNotSealed)
		} else {
			check("cut", file[:i], ErrTruncated)
		}
	}
	one, two := header, header+15+Overhead
	check("extended", append(bytes.Clone(file), 0), ErrAltered)
	check("two chunks in the wrong order", bytes.Join([][]byte{file[:one], file[two : two+14+Overhead], file[one:two], file[len(file)-Overhead:]}, nil), ErrAltered)
	check("first chunk left out", append(bytes.Clone(file[:one]), file[two:]...), ErrAltered)
	check("last chunk left out", append(bytes.Clone(file[:two]), file[len(file)-Overhead:]...), ErrAltered)
	check("first chunk twice", append(bytes.Clone(file[:two]), file[one:]...), ErrAltered)
	check("a chunk of another file", append(bytes.Clone(file[:two]), sealed(t, other, plain[:15])[two:]...), ErrAltered, ErrTruncated)
}

func TestGenuineBeginningIsDelivered(t *testing.T) {
	k := key(t, "k", 1)
	file := sealed(t, k, make([]byte, 1000), make([]byte, 1000), make([]byte, 1000))
	start := fixedLen + 1 + checkLen
	f := func(cut int, flip bool, want int, says string) {
		t.Helper()
		b := bytes.Clone(file)
		if flip {
			b[cut] ^= 1
		} else {
			b = b[:cut]
		}
		got, err := unseal(b, k)
		if len(got) != want || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("cut or flipped at %d: %d bytes, %v; want %d, %q", cut, len(got), err, want, says)
		}
	}
	f(start+2*1020, false, 2000, "truncated at byte 2102: the final chunk is missing")
	f(start+2*1020+500, false, 2000, "truncated at byte 2102: within a chunk")
	f(start+2*1020+2, false, 2000, "truncated at byte 2102: within a chunk")
	f(start+1020+500, true, 1000, "altered at byte 1082: the chunk there is not genuine")
	f(start+1020+1, true, 1000, "altered at byte 1082: the chunk there has no possible length")
	f(start, false, 0, "truncated at byte 62: the final chunk is missing")
}

func TestKeysAreTakenByTheirID(t *testing.T) {
	a, b := key(t, "a", 1), key(t, "b", 2)
	file := sealed(t, a, []byte("x"))
	f := func(want error, keys ...Key) {
		t.Helper()
		if _, err := unseal(file, keys...); !errors.Is(err, want) {
			t.Errorf("with %v: %v, want %v", keys, err, want)
		}
	}
	f(nil, a)
	f(nil, b, a)
	f(ErrUnknown, b)
	f(ErrUnknown)
	f(ErrWrongKey, key(t, "a", 2))

	if _, err := New(Key{}); !errors.Is(err, ErrKey) {
		t.Errorf("sealing without a key: %v", err)
	}
	_, err := NewReader(iotest.ErrReader(os.ErrPermission), Keys{a})
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("the disk's own error came out as %v", err)
	}
	r, err := NewReader(io.MultiReader(bytes.NewReader(file[:70]), iotest.ErrReader(os.ErrPermission)), Keys{a})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, os.ErrPermission) {
		t.Errorf("the disk's own error came out as %v", err)
	}
}

const (
	secret1 = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
	secret2 = "ZQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
)

func TestKeyFilesAreReadStrictly(t *testing.T) {
	f := func(text, says string, ids ...string) {
		t.Helper()
		keys, err := ParseKeys(strings.NewReader(text))
		if says != "" {
			if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), says) {
				t.Errorf("ParseKeys(%q): %v, want %q", text, err, says)
			} else if strings.Contains(err.Error(), "AQID") {
				t.Errorf("the error %q shows a secret", err)
			}
			return
		}
		var got []string
		for _, k := range keys {
			got = append(got, k.ID())
		}
		if err != nil || strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("ParseKeys(%q) = %v, %v; want %v", text, got, err, ids)
		}
	}
	f("k1 "+secret1+"\n", "", "k1")
	f("# the new one\n\n k2\t"+secret2+" \r\nk1 "+secret1, "", "k2", "k1")
	f("", "none there")
	f("# nothing\n", "none there")
	f(secret1, "line 1: ")
	f("k1 "+secret1+" x", "line 1: ")
	f("\nk1 "+secret1[:40]+"\n", "line 2: ")
	f("k1 "+secret1[:43]+"!", "not base64")
	f("k/1 "+secret1, "its id")
	f(strings.Repeat("k", 65)+" "+secret1, "its id")
	f("k1 "+secret1+"\nk1 "+secret2, "line 2: ")
	f("k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "all zero")
}

func TestKeyFilesMustBePrivate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(name, []byte("k1 "+secret1), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeyFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := keys.Current(); !ok || k.ID() != "k1" {
		t.Fatalf("current key %v, %v", k, ok)
	}
	if err := os.Chmod(name, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeyFile(name); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a file that the group may read: %v", err)
	}
	if _, err := ReadKeyFile(name + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("no file: %v", err)
	}
	if _, ok := (Keys{}).Current(); ok {
		t.Fatal("there is a default key")
	}
}

func TestSealingDoesNotAllocate(t *testing.T) {
	s, err := New(key(t, "k", 1))
	if err != nil {
		t.Fatal(err)
	}
	plain, b := make([]byte, 16000), make([]byte, 0, 20000)
	if n := testing.AllocsPerRun(100, func() { b = s.Append(b[:0], plain) }); n != 0 {
		t.Fatalf("a helping costs %v allocations, want 0", n)
	}
}

// FuzzReader: any file is a beginning of something genuine, or an error; never a
// panic. Without knowing the key, nobody makes it say more than was sealed.
func FuzzReader(f *testing.F) {
	k := key(f, "k", 1)
	plain := counting(0, 200)
	file := sealed(f, k, plain[:100], plain[100:])
	f.Add(file)
	f.Add(file[:len(file)-3])
	f.Add(file[:fixedLen])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := unseal(b, k)
		if !bytes.HasPrefix(plain, got) {
			t.Fatalf("out came %d bytes that nobody sealed", len(got))
		}
		if err == nil && !bytes.Equal(b, file) {
			t.Fatal("an altered file passes as whole")
		}
	})
}

// FuzzChunks: behind a good header, any words and bytes.
func FuzzChunks(f *testing.F) {
	k := key(f, "k", 1)
	file := sealed(f, k, []byte("0123456789"))
	header := fixedLen + 1 + checkLen
	f.Add(file[header:])
	f.Add(binary.BigEndian.AppendUint32(nil, MaxChunk))
	f.Add(binary.BigEndian.AppendUint32(nil, final))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := unseal(append(bytes.Clone(file[:header]), b...), k)
		if err == nil && !bytes.Equal(b, file[header:]) || len(got) > 0 && string(got) != "0123456789" {
			t.Fatalf("%d bytes gave %q, %v", len(b), got, err)
		}
	})
}

// FuzzKeys: any text is keys or an error that does not show it.
func FuzzKeys(f *testing.F) {
	f.Add("k1 " + secret1 + "\n# c\nk2 " + secret2)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseKeys(strings.NewReader(text))
		if err == nil && len(keys) == 0 {
			t.Fatal("neither keys nor an error")
		}
		for _, k := range keys {
			if _, err := NewKey(k.id, k.secret[:]); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s, err := New(key(b, "k", 1))
	if err != nil {
		b.Fatal(err)
	}
	plain, buf := make([]byte, 16000), make([]byte, 0, 20000)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		buf = s.Append(buf[:0], plain)
	}
}
