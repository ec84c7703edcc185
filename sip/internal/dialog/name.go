package dialog

// Replaces names the dialog to whoever shall take our place in it: in an INVITE to
// the far side, which knows our tag as the one of From (RFC 3891 §3).
func (d *Dialog) Replaces() (r Replaces) {
	d.do(func() { r = Replaces{CallID: d.key.CallID, ToTag: d.line.RemoteTag, FromTag: d.line.LocalTag} })
	return r
}
