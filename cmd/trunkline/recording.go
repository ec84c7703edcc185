package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"trunkline/media/ogg"
	"trunkline/media/record/seal"
	"trunkline/media/wav"
)

// recordingCmd is what can be done with recordings without a server.
type recordingCmd struct {
	Decrypt decryptCmd `cmd:"" help:"Decrypt a sealed recording. Where it was truncated or altered, what comes before is kept, and the exit code is 1."`
	Verify  verifyCmd  `cmd:"" help:"Say what recordings hold, and whether they are whole and genuine."`
}

type decryptCmd struct {
	In      string `arg:"" type:"path" help:"Sealed recording." placeholder:"IN"`
	Out     string `arg:"" help:"File to make; - is the standard output." placeholder:"OUT"`
	KeyFile string `required:"" type:"path" help:"File of keys: on each line an id and 32 bytes in base64." placeholder:"FILE"`
}

func (c decryptCmd) Run() error {
	keys, err := seal.ReadKeyFile(c.KeyFile)
	if err != nil {
		return usageError{err}
	}
	in, err := os.Open(c.In)
	if err != nil {
		return usageError{err}
	}
	defer in.Close()
	plain, err := seal.NewReader(bufio.NewReaderSize(in, seal.MaxChunk), keys)
	if err != nil {
		return fmt.Errorf("decrypt %s: %w", c.In, err)
	}
	out := os.Stdout
	if c.Out != "-" {
		// An existing file is left alone: it may be the only copy of something.
		if out, err = os.OpenFile(c.Out, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return usageError{err}
		}
	}
	n, err := io.Copy(out, plain)
	if c.Out != "-" {
		err = errors.Join(err, finish(out))
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, seal.ErrTruncated) || errors.Is(err, seal.ErrAltered):
		return fmt.Errorf("decrypt %s: %w; %s holds the %d bytes before that, which are genuine", c.In, err, c.Out, n)
	default:
		return fmt.Errorf("decrypt %s: %w", c.In, err)
	}
}

// finish makes a WAV header agree with the file: a sealed one was written as a
// stream.
func finish(out *os.File) error {
	err := wav.Repair(out)
	if errors.Is(err, wav.ErrNotWAV) || errors.Is(err, wav.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, out.Close())
}

type verifyCmd struct {
	Files   []string `arg:"" type:"path" help:"Recordings: WAV, Ogg/Opus, sealed or not." placeholder:"FILE"`
	KeyFile string   `type:"path" help:"File of keys, for sealed recordings." placeholder:"FILE"`
}

// Run prints a line for each file.
func (c verifyCmd) Run() error {
	var keys seal.Keys
	if c.KeyFile != "" {
		var err error
		if keys, err = seal.ReadKeyFile(c.KeyFile); err != nil {
			return usageError{err}
		}
	}
	bad := 0
	for _, name := range c.Files {
		what, err := verify(name, keys)
		if err != nil {
			bad++
			fmt.Printf("bad  %s: %v (%s)\n", name, err, what)
			continue
		}
		fmt.Printf("ok   %s: %s\n", name, what)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d recordings are not as they should be", bad, len(c.Files))
	}
	return nil
}

// verify says what the file name holds, up to where it is in order.
func verify(name string, keys seal.Keys) (what string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "unread", err
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, seal.MaxChunk)
	if !seal.Sealed(b) {
		return measure(b)
	}
	plain, err := seal.NewReader(b, keys)
	if err != nil {
		return "sealed", err
	}
	// The damage of the seal is what counts: the sound ends there in any case.
	inside := bufio.NewReader(plain)
	what, err = measure(inside)
	if _, damage := io.Copy(io.Discard, inside); damage != nil {
		err = damage
	}
	return what + ", sealed with key " + plain.KeyID(), err
}

// measure reads sound of either format to its end.
func measure(r *bufio.Reader) (what string, err error) {
	if magic, _ := r.Peek(4); string(magic) == "OggS" {
		s, err := ogg.Inspect(r, nil)
		if err == nil && !s.Complete {
			err = errors.New("cut off: its last page is missing")
		}
		return describe("opus", s.Rate, s.Channels, s.Instants, ogg.GranuleRate), err
	}
	f, n, err := wav.Measure(r)
	return describe("wav", f.Rate, f.Channels, n, f.Rate), err
}

func describe(format string, rate, channels int, instants int64, clock int) string {
	if channels == 0 {
		return "no sound"
	}
	length := time.Duration(float64(instants) / float64(clock) * float64(time.Second)).Round(time.Millisecond)
	return fmt.Sprintf("%s, %d Hz, %d channels, %v", format, rate, channels, length)
}
