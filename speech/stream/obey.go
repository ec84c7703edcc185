package stream

// What a bot wants is done on the reader's goroutine of its connection. Nothing here
// waits.

func (s say) obey(r *run) {
	if r.voice == nil {
		r.warn("the bot speaks on a stream of one way: its sound is not played")
		return
	}
	dropped, err := r.voice.say(s)
	switch {
	case err != nil:
		r.mistake(err)
	case dropped > 0:
		r.warn("the bot speaks faster than it can be played: what exceeds %v is dropped", r.cfg.Queue)
	}
}

func (m mark) obey(r *run) {
	switch {
	case r.voice == nil:
		r.warn("the bot sends a mark on a stream of one way")
	case !r.voice.place(m):
		r.warn("the bot has more than %d marks under way: further ones are forgotten", mostMarks)
	}
}

func (clearAll) obey(r *run) {
	if r.voice != nil {
		r.voice.clear()
	}
}

func (clearMarks) obey(r *run) {
	if r.voice != nil {
		r.voice.forgetMarks()
	}
}

func (p press) obey(r *run) {
	if r.hooks.Press == nil {
		r.warn("the bot wants digits sent, and the flow does not allow it")
		return
	}
	select {
	case r.presses <- p.digits:
	default:
		r.warn("the bot wants digits sent faster than they can be")
	}
}

func (e end) obey(r *run) { r.finish(ByBot, cut(e.text), nil) }

func (u unknown) obey(r *run) {
	r.tally.count(func(c *Result) { c.Unknown++ })
	r.warn("%s is not understood", u.what)
}

// mistake takes note of a message that is wrong, and tells the bot of the first ones.
func (r *run) mistake(err error) {
	n := 0
	r.tally.count(func(c *Result) { c.Bad++; n = c.Bad })
	r.warn("message of the bot: %v", err)
	if n <= mostWarnings {
		r.out.push(refused{err.Error()})
	}
}
