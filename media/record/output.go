package record

import (
	"errors"

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

// output is the writing side of a recording: container, then seal, then file.
type output struct {
	file      file
	container container
	sealer    *seal.Sealer // nil: not encrypted
	values    int64        // written, two per sample instant when stereo
	broken    bool         // the file takes no more, not even its end
}

// make makes all but the file.
func (o *output) make(opt Options, info Info, durable bool) (err error) {
	o.file.durable = durable
	sealed := opt.Key.ID() != ""
	if sealed {
		if o.sealer, err = seal.New(opt.Key); err != nil {
			return err
		}
	}
	format := wav.Format{Rate: info.Rate, Channels: info.Channels}
	if opt.Format == OggOpus {
		o.container, err = newOpus(format, opt.Bitrate)
		return err
	}
	o.container = pcmFile{format: format, stream: sealed}
	return nil
}

// begin writes the file's beginning.
func (o *output) begin(m medium, s *scratch) error {
	o.file.medium, o.file.promises = m, true
	if o.sealer != nil {
		if err := o.file.append(o.sealer.Begin(nil)); err != nil {
			return err
		}
	}
	return o.put(o.container.begin(nil), s)
}

// write adds sound. It first makes sure that the disk will have room for the end
// of the file, too; without it, nothing is written.
func (o *output) write(pcm []int16, s *scratch) (err error) {
	if len(pcm) == 0 {
		return nil
	}
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
	err := o.end(s)
	return errors.Join(err, o.count(s), o.file.close())
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
