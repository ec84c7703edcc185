package flow

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/queue"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func queueVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "queue",
		Doc: "Lets the caller wait in a queue, with music, until an agent answers, and connects them. It returns when the agent has " +
			"hung up; the flow then goes on with the caller.",
		Args: []verb.Arg{
			{Name: "name", Kind: value.Text, Lead: true, Required: true, Doc: "the queue"},
			{Name: "priority", Kind: value.Count, Default: "0", Doc: "the higher goes first"},
			{Name: "max_wait", Kind: value.Duration, Default: "5m", Positive: true, Doc: "how long the caller waits at most"},
			{Name: "context", Kind: value.Table, Doc: "what the agent should know: texts, numbers, and true or false by name"},
			{Name: "exit", Kind: value.Digits, Key: true, Doc: "one key with which the caller leaves the queue"},
			musicArg(false),
			{Name: "announce", Kind: value.Text, Doc: "what to say now and then, with {place} for the caller's place; as often as the queue's configuration says"},
			langArg(),
		},
		Result: "a table: agent, waited (seconds), duration (seconds of talk), cause and by (why it ended and who did it); or nil and an " +
			"error whose code is timeout, exit, full, not_found, …",
	}, Run: enqueue}
}

func enqueue(r *run, a verb.Args) (lua.LValue, error) {
	about, err := value.Plain(a.Table("context"))
	if err != nil {
		return nil, verb.Mistakef("argument context: %v", err)
	}
	if r.cfg.Queues == nil {
		return nil, line.Refusal("queue", "not_found", "there are no queues")
	}
	w, err := r.cfg.Queues.Enter(r.ctx, queue.Ticket{
		Queue: a.Text("name"), Call: r.line.Info().ID, Priority: a.Count("priority"), Context: about,
	})
	if err != nil {
		return nil, err
	}
	defer w.Leave()
	music, lang := a.Text("music"), r.lang(a.Text("lang"))
	if music == "" {
		music = w.Music()
	}
	c := queue.Caller{Line: r.line, Log: r.log, Every: w.Announce(), Music: func() error { return r.startMusic("queue", music) }}
	if a.Has("exit") {
		c.Exit = a.Text("exit")[0]
	}
	if text := a.Text("announce"); text != "" {
		c.Tell = func(ctx context.Context, place int) error {
			_, err := r.speak(ctx, spokenText{text: queue.Announcement(text, place), lang: lang, bargeIn: true})
			return err
		}
	}
	ctx, cancel := context.WithTimeout(r.ctx, a.Duration("max_wait"))
	defer cancel()
	served, err := c.Wait(r.ctx, ctx, w)
	if err != nil {
		return nil, err
	}
	t := r.bridgeTable(served.BridgeResult)
	t.RawSetString("agent", lua.LString(served.Agent))
	t.RawSetString("waited", lua.LNumber(served.Waited.Seconds()))
	return t, nil
}
