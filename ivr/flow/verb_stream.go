package flow

import (
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/bot"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/speech/stream"
)

func streamVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "stream",
		Doc: "Connects the caller with a bot that listens and speaks over a socket, and waits until the bot or the caller ends it. " +
			"docs/streams.md has the dialects.",
		Args: []verb.Arg{
			{Name: "url", Kind: value.Text, Lead: true, Required: true, Doc: "wss://…; of dialect audiosocket tcp://host:port"},
			{Name: "dialect", Kind: value.Text, Default: "twilio", Doc: "how the bot talks: twilio, audio_fork, audio_stream, jambonz or audiosocket"},
			{Name: "two_way", Kind: value.Flag, Default: "true", Doc: "whether the bot may speak"},
			{Name: "parameters", Kind: value.Table, Doc: "what the bot is told at the beginning: texts, numbers, and true or false by name"},
			{Name: "retries", Kind: value.Count, Default: "0", Doc: "how often to connect anew after a loss"},
			{Name: "wait", Kind: value.Flag, Default: "true", Doc: "false: the flow goes on at once, while a bot that does not speak listens, until stream_stop or the end of the call"},
		},
		Result: "a table: reason (bot, caller, flow), text, duration (seconds), heard_ms (of the bot's sound); without wait, true; or nil " +
			"and an error whose code is refused or lost",
	}, Run: startStream}
}

func streamStopVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "stream_stop",
		Doc:    "Ends a stream that was begun without wait. Harmless when there is none.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		if r.listener != nil {
			r.listener.End("flow")
			r.listener = nil
		}
		return lua.LTrue, nil
	}}
}

func startStream(r *run, a verb.Args) (lua.LValue, error) {
	info := r.line.Info()
	parameters, err := value.Plain(a.Table("parameters"))
	if err != nil {
		return nil, verb.Mistakef("argument parameters: %v", err)
	}
	s, err := stream.New(stream.Config{
		URL: a.Text("url"), Dialect: a.Text("dialect"), TwoWay: a.Flag("two_way"),
		Call:       stream.Call{ID: info.ID, From: info.From, To: info.To, Direction: info.Direction},
		Parameters: parameters, Retry: stream.Retry{Tries: a.Count("retries")},
	}, r.cfg.Bots)
	switch {
	case err != nil:
		return nil, verb.Mistakef("%s", strings.TrimPrefix(err.Error(), "stream: "))
	case !a.Flag("wait") && a.Flag("two_way"):
		return nil, verb.Mistakef("without wait the bot cannot speak: two_way = false")
	case !a.Flag("wait") && r.listener != nil:
		return nil, verb.Mistakef("a stream is under way: stream_stop first")
	}
	if a.Flag("wait") {
		res, err := bot.Talk(r.ctx, r.line, r.log, s, a.Flag("two_way"))
		if err != nil {
			return nil, err
		}
		return r.streamTable(res), nil
	}
	l, err := bot.Listen(r.ctx, r.line, r.log, s)
	if err != nil {
		return nil, err
	}
	r.listener = l
	r.atEnd = append(r.atEnd, func() { l.End("the call is over") })
	return lua.LTrue, nil
}

func (r *run) streamTable(res stream.Result) *lua.LTable {
	t := r.L.CreateTable(0, 5)
	t.RawSetString("reason", lua.LString(res.Reason))
	t.RawSetString("text", lua.LString(res.Text))
	t.RawSetString("duration", lua.LNumber(res.Lasted.Seconds()))
	t.RawSetString("heard_ms", lua.LNumber(res.Heard/time.Millisecond))
	return t
}
