package record

import (
	"errors"
	"math"
	"os"
	"path/filepath"

	"trunkline/media/record/seal"
	"trunkline/media/wav"
)

// container makes a file's bytes of sound. It is passive and knows no file: its
// methods append to a slice what comes next on the file.
type container interface {
	begin(b []byte) []byte
	sound(b []byte, pcm []int16) ([]byte, error)
	end(b []byte) ([]byte, error)

	// bound returns the most bytes that so many values become, and those of end.
	bound(values int) int

	// header appends what should now stand at the beginning of a file of so many
	// bytes, for formats that count themselves.
	header(b []byte, size int64) []byte
}

// output is the writing side of a recording: container, then seal, then file; and
// the next ones, when the file is full.
type output struct {
	options   Options
	format    wav.Format
	durable   bool
	create    func(path string) (medium, error)
	limit     int64  // values that a file may hold
	path      string // of the file
	file      file
	container container
	sealer    *seal.Sealer // nil: not encrypted
	broken    bool         // the file takes no more, not even its end

	values int64  // written, two per sample instant when stereo
	within int64  // of these, in this file
	parts  []Part // the files that are complete
}

// output makes all but the file.
func (d *Desk) output(opt Options, format wav.Format) (output, error) {
	o := output{options: opt, format: format, durable: d.durable, create: d.create, limit: math.MaxInt64}
	ch := int64(format.Channels)
	if opt.Split > 0 {
		o.limit = max(int64(math.Round(opt.Split.Seconds()*float64(format.Rate))), 1) * ch
	}
	if opt.Format == WAV {
		o.limit = min(o.limit, d.mostWAV/2/ch*ch)
	}
	return o, o.prepare()
}

// prepare makes all that the next file needs, but the file.
func (o *output) prepare() (err error) {
	sealed := o.options.Key.ID() != ""
	if sealed {
		if o.sealer, err = seal.New(o.options.Key); err != nil {
			return err
		}
	}
	if o.options.Format == OggOpus {
		o.container, err = newOpus(o.format, o.options.Bitrate)
		return err
	}
	o.container = pcmFile{format: o.format, stream: sealed}
	return nil
}

// open makes the file and writes its beginning.
func (o *output) open(s *scratch) error {
	o.path = o.options.path(len(o.parts) + 1)
	if err := os.MkdirAll(filepath.Dir(o.path), 0o700); err != nil {
		return err
	}
	m, err := o.create(o.path)
	if err != nil {
		return err
	}
	o.within = 0
	o.file = file{medium: m, durable: o.durable, promises: true}
	if err = o.begin(s); err != nil {
		m.Close()
		o.file = file{}
	}
	return err
}

// begin writes the file's beginning.
func (o *output) begin(s *scratch) error {
	if o.sealer != nil {
		if err := o.file.append(o.sealer.Begin(nil)); err != nil {
			return err
		}
	}
	return o.put(o.container.begin(nil), s)
}

// write adds sound, and goes over to the next file in the middle of it when this
// one is full.
func (o *output) write(pcm []int16, s *scratch) error {
	for len(pcm) > 0 {
		if o.within == o.limit {
			if err := o.next(s); err != nil {
				return err
			}
		}
		n := int(min(int64(len(pcm)), o.limit-o.within))
		if err := o.add(pcm[:n], s); err != nil {
			return err
		}
		pcm = pcm[n:]
	}
	return nil
}

// next completes the file and makes another.
func (o *output) next(s *scratch) error {
	if err := o.close(s); err != nil {
		return err
	}
	if err := o.prepare(); err != nil {
		return err
	}
	return o.open(s)
}

// add adds sound to the file. It first makes sure that the disk will have room for
// the end of the file, too; without it, nothing is written.
func (o *output) add(pcm []int16, s *scratch) (err error) {
	if err := o.file.reserve(o.bound(len(pcm))); err != nil {
		return err
	}
	if s.plain, err = o.container.sound(s.plain[:0], pcm); err != nil {
		o.broken = true
		return err
	}
	if err := o.put(s.plain, s); err != nil {
		return err
	}
	o.values += int64(len(pcm))
	o.within += int64(len(pcm))
	return o.count(s)
}

func (o *output) bound(values int) int {
	n := o.container.bound(values)
	if o.sealer != nil {
		n = o.sealer.Bound(n)
	}
	return n
}

// put appends what the container made, sealed if need be.
func (o *output) put(plain []byte, s *scratch) error {
	if o.sealer != nil {
		s.sealed = o.sealer.Append(s.sealed[:0], plain)
		plain = s.sealed
	}
	err := o.file.append(plain)
	o.broken = err != nil
	return err
}

// count makes the header agree with the file.
func (o *output) count(s *scratch) error {
	s.plain = o.container.header(s.plain[:0], o.file.size)
	return o.file.patch(s.plain)
}

// close writes the end of the file, which has room unless the file is broken.
func (o *output) close(s *scratch) error {
	if o.file.medium == nil {
		return nil // there is none
	}
	err := errors.Join(o.end(s), o.count(s), o.file.close())
	p := Part{Number: len(o.parts) + 1, Path: o.path, Samples: o.within / int64(o.format.Channels), Bytes: o.file.size}
	o.parts = append(o.parts, p)
	o.file = file{}
	if o.options.Complete != nil {
		o.options.Complete(p)
	}
	return err
}

// bytes returns how long all files are together.
func (o *output) bytes() int64 {
	n := o.file.size
	for _, p := range o.parts {
		n += p.Bytes
	}
	return n
}

func (o *output) end(s *scratch) (err error) {
	if o.broken {
		return nil // as was reported
	}
	if s.plain, err = o.container.end(s.plain[:0]); err != nil {
		return err
	}
	if err := o.put(s.plain, s); err != nil || o.sealer == nil {
		return err
	}
	return o.file.append(o.sealer.End(nil))
}

// pcmFile is a container: WAV.
type pcmFile struct {
	format wav.Format
	stream bool // nothing can be written a second time, so the header does not count
}

func (p pcmFile) begin(b []byte) []byte {
	if p.stream {
		return wav.AppendHeader(b, p.format, wav.Unknown)
	}
	return wav.AppendHeader(b, p.format, 0)
}

func (pcmFile) sound(b []byte, pcm []int16) ([]byte, error) { return wav.AppendSamples(b, pcm), nil }
func (pcmFile) end(b []byte) ([]byte, error)                { return b, nil }
func (pcmFile) bound(values int) int                        { return 2 * values }

func (p pcmFile) header(b []byte, size int64) []byte {
	if p.stream {
		return b
	}
	return wav.AppendHeader(b, p.format, size-wav.HeaderLen)
}
