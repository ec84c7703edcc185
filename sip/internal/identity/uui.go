package identity

import (
	"encoding/hex"
	"strings"

	"trunkline/sip/internal/grammar"
)

// UUI is data that users send each other beside the call (RFC 7433).
type UUI struct {
	Data     []byte // at most 256 bytes
	Encoding string // "hex", or a token that says how Data is to be read; then Data is the text itself
	Purpose  string // such as "isdn-uui"; may be empty
	Content  string // such as "isdn-uui"; may be empty
}

// Bounds of User-to-User: ISDN has 128 octets, and some put a text of their own
// into it.
const (
	maxUUI      = 4
	maxUUIBytes = 256
	maxWord     = 64
)

// readUUI reads User-to-User. What is too long or not what it says is left out.
func readUUI(values []string) []UUI {
	var list []UUI
	for _, v := range grammar.List(values, maxUUI) {
		parts := grammar.Split(v, ';')
		u := UUI{Encoding: "hex"}
		if word, ok := grammar.Param(parts[1:], "encoding"); ok {
			u.Encoding = strings.ToLower(grammar.Clean(word, maxWord))
		}
		u.Purpose = word(parts, "purpose")
		u.Content = word(parts, "content")
		text := grammar.Unquote(parts[0])
		u.Data = []byte(grammar.Clean(text, 2*maxUUIBytes))
		if u.Encoding == "hex" {
			data, err := hex.DecodeString(text)
			if err != nil {
				continue
			}
			u.Data = data
		}
		if len(u.Data) > 0 && len(u.Data) <= maxUUIBytes && grammar.IsToken(u.Encoding) {
			list = append(list, u)
		}
	}
	return list
}

// word returns a parameter that is a token, or nothing.
func word(parts []string, name string) string {
	w, _ := grammar.Param(parts[1:], name)
	if !grammar.IsToken(w) || len(w) > maxWord {
		return ""
	}
	return w
}

// String writes the value of a header.
func (u UUI) String() string {
	text := hex.EncodeToString(u.Data)
	if u.Encoding != "hex" && u.Encoding != "" {
		text = grammar.Quote(grammar.Clean(string(u.Data), maxUUIBytes))
	}
	if grammar.IsToken(u.Purpose) {
		text += ";purpose=" + u.Purpose
	}
	if grammar.IsToken(u.Content) {
		text += ";content=" + u.Content
	}
	if grammar.IsToken(u.Encoding) {
		text += ";encoding=" + u.Encoding
	}
	return text
}
