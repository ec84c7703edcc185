package trunk

import (
	"fmt"
	"time"
)

// Duration is a time.Duration written as text, such as "30s".
type Duration time.Duration

// String returns "30s".
func (d Duration) String() string { return time.Duration(d).String() }

// Or returns the duration, or another when it is zero.
func (d Duration) Or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}

// MarshalText writes the text.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text. A duration is never negative.
func (d *Duration) UnmarshalText(text []byte) error {
	t, err := time.ParseDuration(string(text))
	if err != nil || t < 0 {
		return fmt.Errorf("%q is not a duration such as 300ms or 5s", text)
	}
	*d = Duration(t)
	return nil
}
