// Package trunk is what there is to say about a SIP peer: a carrier, a gateway, a
// PBX. A Trunk is plain data in the form people write it, in the configuration
// file and through the API alike; Check says everything that is wrong with it and
// where. Nothing here sends, resolves or keeps state: sip and call do that.
package trunk

// Trunk is a SIP peer as data.
type Trunk struct {
	Name string `json:"name" doc:"Unique; letters, digits, - _ ."`

	// Who it is when it calls us. A source is this trunk by its network or its TLS
	// certificate; accounts must be proven on top of that. With accounts alone any
	// source may prove to be it.
	Networks     []string  `json:"networks,omitempty" doc:"Sources that are this trunk, such as 192.0.2.0/28"`
	Certificates []string  `json:"certificates,omitempty" doc:"Names in TLS client certificates that are this trunk"`
	Accounts     []Account `json:"accounts,omitempty" doc:"Users that must prove themselves by digest"`

	// Where its calls go.
	Target      string         `json:"target,omitempty" doc:"host or host:port; a host without port is looked up by NAPTR and SRV. Short for one of targets"`
	Transport   string         `json:"transport,omitempty" enum:"udp,tcp,tls,ws,wss" doc:"Of target; default udp, or what NAPTR says"`
	Targets     []Target       `json:"targets,omitempty" doc:"Several of them, in place of target"`
	Failover    Failover       `json:"failover,omitzero" doc:"When to try the next target"`
	Credentials *Credentials   `json:"credentials,omitempty" doc:"How we answer its digest challenges"`
	Register    []Registration `json:"register,omitempty" doc:"Registrations that we hold with it"`
	Health      Health         `json:"health,omitzero" doc:"OPTIONS that show whether its targets live"`

	// How its sound is.
	Codecs     []string `json:"codecs,omitempty" doc:"Encoding names, the most welcome first"`
	DTMF       string   `json:"dtmf,omitempty" enum:"rfc4733,inband,info"`
	SRTP       string   `json:"srtp,omitempty" enum:"off,optional,required"`
	Media      string   `json:"media,omitempty" enum:"relay,decode"`
	NAT        bool     `json:"nat,omitempty" doc:"Its SDP addresses and Contacts are not to be believed"`
	EarlyMedia string   `json:"early_media,omitempty" enum:"pass,ignore,require_ringing" doc:"What its early media means"`

	// Who calls whom.
	From     string   `json:"from,omitempty" doc:"User part of From when a call has none"`
	Numbers  Numbers  `json:"numbers,omitzero" doc:"How numbers are written here"`
	Identity Identity `json:"identity,omitzero" doc:"Which headers tell who calls"`
	Headers  Headers  `json:"headers,omitzero" doc:"Further headers to pass on or to add"`
	Stir     string   `json:"stir,omitempty" enum:"off,verify,sign,both" doc:"STIR/SHAKEN (RFC 8224)"`

	// How much, and how.
	Limits   Limits   `json:"limits,omitzero"`
	Timer    Timer    `json:"session_timer,omitzero" doc:"Session timers (RFC 4028)"`
	Reliable string   `json:"reliable,omitempty" enum:"off,supported,required" doc:"Provisional responses (RFC 3262)"`
	Redirect string   `json:"redirect,omitempty" enum:"refuse,follow" doc:"What a 3xx leads to"`
	Refer    string   `json:"refer,omitempty" enum:"refuse,handle,pass" doc:"What a REFER leads to"`
	Quirks   []string `json:"quirks,omitempty" doc:"Named departures from the RFCs; see docs/trunks.md"`
}

// Account is a user with a password that lies in a file.
type Account struct {
	User         string `json:"user"`
	PasswordFile string `json:"password_file"`
}

// Target is one place that calls go to. The lowest priority is tried first; among
// equals weight shares the calls out (RFC 2782).
type Target struct {
	Host      string `json:"host" doc:"host or host:port"`
	Transport string `json:"transport,omitempty" enum:"udp,tcp,tls,ws,wss"`
	Priority  int    `json:"priority,omitempty" minimum:"0" maximum:"65535"`
	Weight    int    `json:"weight,omitempty" minimum:"0" maximum:"65535"`
}

// Failover says when another target is tried.
type Failover struct {
	Timeout  Duration `json:"timeout,omitempty" doc:"No response at all for so long; default 4s"`
	Statuses []int    `json:"statuses,omitempty" doc:"Final responses that mean: try another; default 500, 502, 503, 504"`
	Attempts int      `json:"attempts,omitempty" doc:"How many targets one call tries; default 4"`
}

// Credentials answer a digest challenge (RFC 8760), for one realm only.
type Credentials struct {
	User         string `json:"user"`
	PasswordFile string `json:"password_file"`
	Realm        string `json:"realm,omitempty" doc:"Whose challenges are answered; none: the first realm that asks, then that one only"`
}

// Registration is an address of record that we register (RFC 3261 §10).
type Registration struct {
	User      string   `json:"user" doc:"The address of record is this user at the registrar's domain"`
	Domain    string   `json:"domain,omitempty" doc:"Default: the registrar's host"`
	Registrar string   `json:"registrar,omitempty" doc:"host or host:port; default: the trunk's targets, one after the other"`
	Contact   string   `json:"contact,omitempty" doc:"User part of the Contact; default: user"`
	Expires   Duration `json:"expires,omitempty" doc:"Default 1h"`
}

// Health says how targets are watched by OPTIONS.
type Health struct {
	Interval Duration `json:"interval,omitempty" doc:"Between OPTIONS; 0 sends none"`
	Timeout  Duration `json:"timeout,omitempty" doc:"Default 4s"`
	Down     int      `json:"down,omitempty" doc:"Failures in a row until a target is out; default 3"`
	Up       int      `json:"up,omitempty" doc:"Answers in a row until it is back; default 2"`
}

// Numbers says how the trunk writes numbers. Inside, numbers are E.164 with a plus.
type Numbers struct {
	Region string `json:"region,omitempty" doc:"Where national numbers are at home, such as DE or CN; none: numbers are not touched"`
	Caller string `json:"caller,omitempty" enum:"keep,e164,digits,national,international" doc:"How callers' numbers are sent to it"`
	Called string `json:"called,omitempty" enum:"keep,e164,digits,national,international" doc:"How called numbers are sent to it"`
	Strip  string `json:"strip,omitempty" doc:"Digits taken off the front of called numbers that it sends"`
	Prefix string `json:"prefix,omitempty" doc:"Digits put before called numbers that are sent to it"`
}

// Identity says which headers name the caller.
type Identity struct {
	Accept  string `json:"accept,omitempty" enum:"from,pai,rpid" doc:"Which header of its calls is believed; default from"`
	Send    string `json:"send,omitempty" enum:"from,pai,rpid" doc:"Which header tells it the caller beside From"`
	Privacy string `json:"privacy,omitempty" enum:"honour,ignore" doc:"Whether callers who ask for privacy are hidden from it; default honour"`
}

// Headers are what crosses the B2BUA beside what it must. Names are compared
// without case.
type Headers struct {
	Accept []string          `json:"accept,omitempty" doc:"Taken from its messages: to flows, events and other legs"`
	Pass   []string          `json:"pass,omitempty" doc:"Sent to it when another leg has brought them"`
	Add    map[string]string `json:"add,omitempty" doc:"Sent with every INVITE that begins a call"`
}

// Limits are per direction; a zero does not limit.
type Limits struct {
	Inbound  Limit `json:"inbound,omitzero"`
	Outbound Limit `json:"outbound,omitzero"`
}

// Limit bounds legs that live and how fast new ones may come.
type Limit struct {
	Calls     int     `json:"calls,omitempty" minimum:"0"`
	PerSecond float64 `json:"per_second,omitempty" minimum:"0"`
	Burst     int     `json:"burst,omitempty" minimum:"0" doc:"Default: one second's worth, at least one"`
}

// Timer says how session timers are used.
type Timer struct {
	Policy  string   `json:"policy,omitempty" enum:"off,accept,request" doc:"Default accept"`
	Expires Duration `json:"expires,omitempty" doc:"Default 30m"`
	Min     Duration `json:"min,omitempty" doc:"Default and least 90s"`
	Refresh string   `json:"refresh,omitempty" enum:"update,reinvite" doc:"Default: UPDATE when the far side allows it"`
}
