package nlu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// A stored model is the magic word, the version, the parts of the model in the order of their
// fields, and a checksum of all that. Numbers are little endian; what repeats begins with how often.
const magic = "trunkline nlu\x00"

// ErrVersion is returned by Unmarshal for models of another version: train anew.
var ErrVersion = errors.New("model of another version")

// MarshalBinary returns the model as bytes that Unmarshal makes the same model of. It never fails.
func (m *Model) MarshalBinary() ([]byte, error) {
	w := writer(magic)
	w.number(version)
	w.text(m.language)
	w.texts(m.labels)
	w.number(m.outside + 1)
	w.number(len(m.lexicon.groups))
	for _, g := range m.lexicon.groups {
		w.number(len(g))
		for _, phrase := range g {
			w.texts(phrase)
		}
	}
	w.floats64(m.right.weights[:])
	w.floats64(m.scope.weights[:])
	w.floats64([]float64{m.threshold, m.space.rarest})
	w.number(m.space.columns)
	w.number(m.space.netted)
	keys := make([]feature, len(m.space.known))
	for f, n := range m.space.number {
		keys[n] = f
	}
	w.number(len(keys))
	for n, f := range keys {
		k := m.space.known[n]
		w = binary.LittleEndian.AppendUint64(w, uint64(f))
		w.number(int(k.column))
		w.floats([]float32{k.rarity, k.share})
	}
	w.table(m.svm)
	w.number(len(m.nets))
	for _, n := range m.nets {
		w.table(n.in)
		w.floats(n.out)
	}
	return binary.LittleEndian.AppendUint32(w, crc32.ChecksumIEEE(w)), nil
}

type writer []byte

func (w *writer) number(n int) { *w = binary.LittleEndian.AppendUint32(*w, uint32(n)) }

func (w *writer) text(s string) {
	w.number(len(s))
	*w = append(*w, s...)
}

func (w *writer) texts(list []string) {
	w.number(len(list))
	for _, s := range list {
		w.text(s)
	}
}

func (w *writer) floats(list []float32) {
	for _, x := range list {
		*w = binary.LittleEndian.AppendUint32(*w, math.Float32bits(x))
	}
}

func (w *writer) floats64(list []float64) {
	for _, x := range list {
		*w = binary.LittleEndian.AppendUint64(*w, math.Float64bits(x))
	}
}

func (w *writer) table(t table) {
	w.number(t.width)
	w.number(len(t.scale))
	w.floats(t.scale)
	for _, c := range t.cells {
		*w = append(*w, byte(c))
	}
}

// Unmarshal returns the model that MarshalBinary wrote. Anything else is an error; the memory it
// takes is bounded by the length of data.
func Unmarshal(data []byte) (*Model, error) {
	if len(data) < len(magic)+8 || string(data[:len(magic)]) != magic {
		return nil, errors.New("read model: not a model")
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errors.New("read model: damaged, the checksum differs")
	}
	r := &reader{rest: body[len(magic):]}
	if v := r.number(); v != version {
		return nil, fmt.Errorf("read model: version %d, want %d: %w", v, version, ErrVersion)
	}
	m := r.model()
	if len(r.rest) > 0 {
		r.fail("more than a model")
	}
	if r.err != nil {
		return nil, fmt.Errorf("read model: %w", r.err)
	}
	return m, nil
}

// reader takes a stored model apart. After the first error it returns nothing but zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New(what)
	}
	r.rest = nil
}

func (r *reader) model() *Model {
	m := &Model{language: r.text(), labels: r.texts()}
	k := len(m.labels)
	m.outside = r.number() - 1
	for range r.count(4) {
		group := make([][]string, r.count(4))
		for i := range group {
			group[i] = r.texts()
			r.check(len(group[i]) > 0, "an empty synonym")
		}
		r.check(len(group) > 1, "a synonym of nothing")
		m.lexicon.groups = append(m.lexicon.groups, group)
	}
	r.floats64(m.right.weights[:])
	r.floats64(m.scope.weights[:])
	var two [2]float64
	r.floats64(two[:])
	sp := &space{groups: groups(m.language), number: map[feature]int32{}}
	m.threshold, sp.rarest, m.space = two[0], two[1], sp
	sp.columns, sp.netted = r.number(), r.number()
	sp.known = make([]known, r.count(20))
	for n := range sp.known {
		b := r.take(8)
		if b == nil {
			break
		}
		sp.number[feature(binary.LittleEndian.Uint64(b))] = int32(n)
		sp.known[n].column = int32(r.number())
		f := r.floats(2)
		if r.err == nil {
			sp.known[n].rarity, sp.known[n].share = f[0], f[1]
		}
		r.check(sp.known[n].column >= 0 && int(sp.known[n].column) < sp.columns, "a feature without column")
	}
	m.svm = r.table()
	for range r.count(8) {
		n := brain{in: r.table()}
		n.out = r.floats((n.in.width + 1) * k)
		r.check(len(n.in.scale) == sp.netted+1 && n.in.width > 0, "a net of another size")
		r.check(len(m.nets) == 0 || m.nets[0].in.width == n.in.width, "nets of different size")
		m.nets = append(m.nets, n)
	}
	r.check(k > 0 && m.outside >= -1 && m.outside < k, "labels missing")
	r.check(m.svm.width == k && len(m.svm.scale) == sp.columns+1, "machines of another size")
	r.check(sp.netted >= 0 && sp.netted <= sp.columns && len(sp.number) == len(sp.known), "features that do not fit")
	numbers := slices.Concat(m.right.weights[:], m.scope.weights[:], []float64{sp.rarest})
	r.check(!slices.ContainsFunc(numbers, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }), "a number that is none")
	if r.err != nil {
		return nil
	}
	m.lexicon.index()
	return m
}

func (r *reader) check(ok bool, what string) {
	if !ok {
		r.fail(what)
	}
}

// take returns the next n bytes, or nil.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.fail("cut short")
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) number() int {
	if b := r.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// count reads how many things of at least so many bytes follow.
func (r *reader) count(size int) int {
	n := r.number()
	if n > len(r.rest)/size {
		r.fail("cut short")
		return 0
	}
	return n
}

func (r *reader) text() string { return string(r.take(r.number())) }

func (r *reader) texts() []string {
	out := make([]string, r.count(4))
	for i := range out {
		out[i] = r.text()
	}
	return out
}

func (r *reader) floats(n int) []float32 {
	if n < 0 || n > len(r.rest)/4 {
		r.fail("cut short")
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
		if x := float64(out[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			r.fail("a number that is none")
			return nil
		}
	}
	return out
}

func (r *reader) floats64(out []float64) {
	for i := range out {
		if b := r.take(8); b != nil {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	}
}

func (r *reader) table() table {
	t := table{width: r.number()}
	rows := r.count(4)
	t.scale = r.floats(rows)
	if rows > 0 && t.width > len(r.rest)/rows {
		r.fail("cut short")
		return table{}
	}
	cells := r.take(rows * t.width)
	t.cells = make([]int8, len(cells))
	for i, c := range cells {
		t.cells[i] = int8(c)
	}
	return t
}
