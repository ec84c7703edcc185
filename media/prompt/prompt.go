// Package prompt holds sound that is ready to play: decoded once, encoded once
// per codec, immutable, shared by every call that plays it.
package prompt

import "trunkline/codecs"

// Rate is the sample rate of every Clip, Hz.
const Rate = 8000

// Clip is one immutable piece of sound. Any number of sessions on any number
// of shards may play it at the same time.
type Clip struct {
	pcm     []int16
	encoded map[codecs.ID][]byte
}
