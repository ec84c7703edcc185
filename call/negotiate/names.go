package negotiate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trunkline/codecs"
	"trunkline/media/msg"
)

// Policies are the names of the policies; the first is the default.
func Policies() []string { return []string{"off", "optional", "required"} }

// PolicyNamed returns the policy of a name; of none the default.
func PolicyNamed(name string) (Policy, error) {
	i := slices.Index(Policies(), cmp.Or(name, Policies()[0]))
	if i < 0 {
		return 0, fmt.Errorf("no such SRTP policy: %s", name)
	}
	return Policy(i), nil
}

// KeyStyles are the names of the ways in which keys travel; the first is the default.
func KeyStyles() []string { return []string{"rfc4733", "inband", "info"} }

// KeyStyleNamed returns the way of a name; of none the default.
func KeyStyleNamed(name string) (msg.KeyStyle, error) {
	i := slices.Index(KeyStyles(), cmp.Or(name, KeyStyles()[0]))
	if i < 0 {
		return 0, fmt.Errorf("no such DTMF style: %s", name)
	}
	return msg.KeyStyle(i), nil
}

// Codecs understands codec names as people write them: encoding names, with the
// clock rate behind a slash where there are two ("L16/16000"). None at all means what
// every far side speaks.
func Codecs(names []string) ([]codecs.ID, error) {
	if len(names) == 0 {
		return codecs.Default(), nil
	}
	var ids []codecs.ID
	for _, name := range names {
		encoding, rate, _ := strings.Cut(name, "/")
		clock, err := strconv.Atoi(cmp.Or(rate, "0"))
		c, ok := codecs.ByName(encoding, clock)
		if !ok || err != nil {
			return nil, fmt.Errorf("no such codec: %s", name)
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}
