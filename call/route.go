package call

import "strings"

// Route sends calls from a trunk to a flow. The first route that fits wins.
type Route struct {
	Trunk string // "" fits every trunk
	To    string // the number called; a trailing * fits any rest; "" fits all
	Flow  string
	Vars  map[string]string // handed to the flow
}

// route finds the flow for a call from trunk to number.
func route(routes []Route, trunk, number string) (Route, bool) {
	for _, r := range routes {
		if (r.Trunk == "" || r.Trunk == trunk) && r.fits(number) {
			return r, true
		}
	}
	return Route{}, false
}

func (r Route) fits(number string) bool {
	prefix, open := strings.CutSuffix(r.To, "*")
	return r.To == "" || r.To == number || open && strings.HasPrefix(number, prefix)
}
