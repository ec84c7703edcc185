package stream

import (
	"fmt"
	"slices"
	"strings"
)

// A Message is one unit of a connection: a WebSocket message, or an AudioSocket
// frame with its header.
type Message struct {
	Text bool
	Data []byte
}

// codec is one connection's side of a dialect. It has no clock, no socket and no
// goroutine; encode and decode are called by one goroutine each, so that what
// they remember is apart.
type codec interface {
	// encode says what is sent for what happened; nothing when the dialect has no
	// word for it.
	encode(e happening) []Message
	// decode reads what the bot sent. An error is the bot's mistake and ends
	// nothing; what was understood before it comes with it.
	decode(m Message) ([]command, error)
}

// A happening is what a bot is told of. The set is closed.
type happening interface{ happened() }

type (
	// started comes first, before any sound.
	started struct{}
	// sounded is what was said on one side in 20 ms, or less at the end.
	sounded struct {
		track Tracks // Inbound, or Outbound
		pcm   []int16
		other []int16 // of Both in one message: the outbound side
		at    int64   // samples since the stream's beginning, those lost on the way included
	}
	// pressed is a key that the caller pressed.
	pressed struct{ digit byte }
	// reached is a mark up to which all was heard, or what is left of it was dropped.
	reached struct {
		mark
		dropped bool
	}
	// refused tells the bot what it does wrong.
	refused struct{ text string }
	// stopped comes last.
	stopped struct{ reason Reason }
)

func (started) happened() {}
func (sounded) happened() {}
func (pressed) happened() {}
func (reached) happened() {}
func (refused) happened() {}
func (stopped) happened() {}

// A command is what a bot wants. The set is closed.
type command interface{ obey(*run) }

type (
	// say is sound to be played behind what is queued.
	say struct {
		pcm  []int16
		rate int // Hz
	}
	// mark is to come back when all said before it was heard.
	mark struct {
		name string
		play bool // the end of a playAudio, not a mark of the bot's own
	}
	clearAll   struct{}                // drops what is queued; its marks come back
	clearMarks struct{}                // forgets the marks
	press      struct{ digits string } // to be sent to the caller
	end        struct{ text string }   // of the stream
	unknown    struct{ what string }   // a message without a meaning here
)

// dialect is a row of the table.
type dialect struct {
	name     string
	schemes  []string
	protocol string // WebSocket subprotocol that is asked for
	rates    []int  // Hz; the first is the default
	mixes    bool   // both sides of a call in one message
	make     func(*Config) codec
}

var webSocket = []string{"wss", "ws"}

// dialects is the table of dialects: a new one is a file and a row.
var dialects = []dialect{
	{name: "twilio", schemes: webSocket, rates: []int{8000, 16000}, make: newTwilio},
	{name: "audio_fork", schemes: webSocket, rates: linear, mixes: true, protocol: "audio.drachtio.org", make: newFork},
	{name: "audio_stream", schemes: webSocket, rates: linear, mixes: true, make: newFork},
	{name: "jambonz", schemes: webSocket, rates: linear, mixes: true, protocol: "audio.jambonz.org", make: newFork},
	{name: "audiosocket", schemes: []string{"tcp"}, rates: linear, make: newAudioSocket},
}

// linear are the rates of uncompressed sound that a telephone's converts to, Hz.
var linear = []int{8000, 16000, 24000, 48000}

// Dialects returns the names of all dialects.
func Dialects() (names []string) {
	for _, d := range dialects {
		names = append(names, d.name)
	}
	return names
}

func dialectOf(name string) (dialect, error) {
	i := slices.IndexFunc(dialects, func(d dialect) bool { return d.name == name })
	if i < 0 {
		return dialect{}, fmt.Errorf("dialect %.40q: there are %s", name, strings.Join(Dialects(), ", "))
	}
	return dialects[i], nil
}
