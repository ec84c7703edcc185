package value

import lua "github.com/yuin/gopher-lua"

// Secret is text that a script may hand on but not see: it has no string form.
type Secret struct{ text string }

// NewSecret makes one.
func NewSecret(text string) *Secret { return &Secret{text} }

// Reveal returns the text, for whoever sends it where it belongs.
func (s *Secret) Reveal() string { return s.text }

// String hides the text from every format verb.
func (s *Secret) String() string { return "•••" }

// GoString hides it from %#v too.
func (s *Secret) GoString() string { return s.String() }

// SecretOf returns the secret that a script's value is, or nil.
func SecretOf(v lua.LValue) *Secret {
	if u, ok := v.(*lua.LUserData); ok {
		if s, ok := u.Value.(*Secret); ok {
			return s
		}
	}
	return nil
}
