package flow

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/ask"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/nlu/entity/ident"
)

func secureCollectVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "secure_collect",
		Doc: "Collects digits that nobody may see, such as a card number: by keys only, while recording, recognition, streams, " +
			"events, logs and traces are blind. What comes back is a secret that can be handed on to http.post but not printed " +
			"or stored.",
		Args: []verb.Arg{
			{Name: "say", Kind: value.Text, Lead: true, Doc: "the question"},
			{Name: "digits", Kind: value.Count, Required: true, Positive: true, Doc: "how many digits, at most"},
			{Name: "min_digits", Kind: value.Count, Doc: "how many are enough before the terminator or a pause; else as many as digits"},
			{Name: "terminator", Kind: value.Digits, Default: "#", Key: true, Doc: "the key that ends them early"},
			{Name: "check", Kind: value.Text, Among: []string{"luhn"}, Doc: "what they must be: \"luhn\" for payment cards"},
			langArg(),
			{Name: "timeout", Kind: value.Duration, Default: "10s", Positive: true, Doc: "how long to wait for the first key after the question"},
			{Name: "inter_digit", Kind: value.Duration, Default: "5s", Positive: true, Doc: "how long to wait for the next key"},
			{Name: "tries", Kind: value.Count, Default: "3", Positive: true, Doc: "how often the question is put"},
			{Name: "retry", Kind: value.Texts, Doc: "what to say on the second, third, … try"},
		},
		Result: "a table: kind (\"digits\", \"silence\" or \"nomatch\"); with digits also secret, length, and last4 when there are " +
			"twelve or more. secret:reveal() gives the digits to the script, which must then take care of them: in events, logs and " +
			"traces they are masked however they are set apart or spoken, and so are six or more of eight or more in a row; call:set, kv and db " +
			"refuse them, and http sends them by https only",
	}, Run: secureCollect}
}

func secureCollect(r *run, a verb.Args) (lua.LValue, error) {
	q := ask.Question{
		Say: a.Text("say"), Lang: r.lang(a.Text("lang")), Retry: a.Texts("retry"),
		MaxDigits: a.Count("digits"), MinDigits: a.Count("min_digits"), Terminator: a.Text("terminator"),
		Deaf: true, Secret: true, BargeIn: true, Tries: a.Count("tries"),
		Timeout: a.Duration("timeout"), InterDigit: a.Duration("inter_digit"), MaxSpeech: a.Duration("timeout"),
	}
	if a.Has("check") {
		q.Valid = ident.Luhn
	}
	if err := q.Check(); err != nil {
		return nil, verb.Mistakef("%v", err)
	}
	show, err := r.line.Blind(r.ctx)
	if err != nil {
		return nil, fmt.Errorf("secure_collect: %w", err)
	}
	defer show()
	if r.listener != nil {
		r.listener.Pause()
		defer r.listener.Resume()
	}
	found, err := r.asker.Ask(r.ctx, q)
	if err != nil {
		return nil, of("secure_collect", err)
	}
	return r.secretTable(found), nil
}

// secretTable is what was collected as scripts see it.
func (r *run) secretTable(f ask.Found) *lua.LTable {
	const shows4 = 12 // digits: of fewer, four would be too many
	t := r.L.CreateTable(0, 5)
	t.RawSetString("kind", lua.LString(f.Kind))
	t.RawSetString("tries", lua.LNumber(f.Tries))
	if f.Kind != "digits" {
		return t
	}
	r.secrets.Keep(f.Digits) // whom it is handed to may send it back
	t.RawSetString("secret", r.secretValue(value.NewSecret(f.Digits)))
	t.RawSetString("length", lua.LNumber(len(f.Digits)))
	if n := len(f.Digits); n >= shows4 {
		t.RawSetString("last4", lua.LString(f.Digits[n-4:]))
	}
	return t
}

// secretValue is a secret as scripts see it.
func (r *run) secretValue(s *value.Secret) lua.LValue {
	u := r.L.NewUserData()
	u.Value = s
	index := r.L.CreateTable(0, 1)
	index.RawSetString("reveal", r.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(s.Reveal()))
		return 1
	}))
	meta := r.L.CreateTable(0, 3)
	meta.RawSetString("__index", index)
	meta.RawSetString("__tostring", r.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(s.String()))
		return 1
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	r.L.SetMetatable(u, meta)
	return u
}
