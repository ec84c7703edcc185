package cause

// Retry reports whether another trunk might succeed where this one failed: the
// trunk was the trouble, not the person called.
func (c Cause) Retry() bool {
	if m := meaningOf(c.Status); c.Status != 0 && m.code == c.Code {
		return m.retry
	}
	switch c.Code {
	case Unreachable, Overload, Failed:
		return true
	case Normal, Busy, NoAnswer, Rejected, Media, Cancelled, NotFound:
	}
	return false
}

// FromResponse returns the cause that a final response with these reasons stands
// for. The status decides. A Q.850 value is taken as it is (RFC 6432); where the
// status says no more than that it did not work, the value says which code it is:
// gateways send 503 with cause 1 for a number that nobody has.
func FromResponse(status int, phrase string, reasons []Reason) Cause {
	c := FromStatus(status, phrase)
	c.Remote = true
	r, ok := find(reasons, Q850)
	if !ok {
		return c
	}
	c.Q850 = r.Cause
	if r.Text != "" {
		c.Text = r.Text
	}
	switch v := valueOf(r.Cause); {
	case r.Cause == 16 || r.Cause == 31 || r.Cause == 127: // say nothing themselves
	case status == 400 || status == 480 || status == 500 || status == 503:
		c.Code = v.code
	}
	return c
}

// Normal end and answered elsewhere, as a CANCEL tells them (RFC 3326 §2).
const (
	completedElsewhere = 200
	nonSelected        = 26
)

// FromRequest returns the cause that a BYE, or a CANCEL, with these reasons stands
// for: the far side hung up, or gave up. What it says beyond that is in Q850 and
// Text alone, since a dialog that was answered did not fail.
func FromRequest(method string, reasons []Reason) Cause {
	c := New(Normal, "")
	if method == "CANCEL" {
		c = New(Cancelled, "")
	}
	c.Remote = true
	if r, ok := find(reasons, SIP); ok {
		c.Text = r.Text
		switch {
		case r.Cause == completedElsewhere && method == "CANCEL":
			c.Q850 = nonSelected
		case r.Cause >= 300:
			c.Q850 = meaningOf(r.Cause).q850
		}
	}
	if r, ok := find(reasons, Q850); ok {
		c.Q850 = r.Cause
		if r.Text != "" {
			c.Text = r.Text
		}
	}
	return c
}

// Refusal returns the status that refuses an INVITE for this cause.
func (c Cause) Refusal() int {
	switch {
	case c.Status >= 300 && c.Status <= 699:
		return c.Status
	case c.Code == Normal: // hanging up on somebody who rings
		return 603
	default:
		return New(c.Code, "").Status
	}
}

// Forward returns the cause that ends the other leg of a call when this one ended
// a leg of it. A status that speaks of the leg that failed is replaced by what its
// meaning is to the caller; 401, 3xx, 408 and 503 never cross. The Q.850 value and
// the text do.
func (c Cause) Forward() Cause {
	full := c.Complete()
	c.Q850, c.Remote, c.Rule = full.Q850, false, ""
	if c.Code == Normal || c.Code == Cancelled && c.Q850 != nonSelected {
		c.Status = 0 // hung up, or gave up: whatever the other leg's state calls for
		return c
	}
	status := full.Status
	switch {
	case c.Status == 0: // a Q.850 value alone
		status = valueOf(c.Q850).status
	case status >= 300 && meaningOf(status).code != c.Code: // the value knew better, see FromResponse
		status = valueOf(c.Q850).status
	case meaningOf(status).hop || status < 300:
		status = New(c.Code, "").Status
		if c.Code == Rejected { // 603 would speak for everywhere
			status = 403
		}
	}
	if c.Code != Overload && status == 503 {
		status = 502
	}
	if status == 408 {
		status = 480
	}
	c.Status = status
	return c
}
