package lib

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/lib/web"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func (k *kit) http() Library {
	return Library{
		Name: "http",
		Doc: "Web services, where the configuration's `http` lets flows go. Private networks are refused unless they are named there, " +
			"redirections too; certificates must be right. An answer is a table: `status`, `ok` (true for 200 to 299: any status is an " +
			"answer and no error), `headers` (their names in lower case), `body`, and `json`, what the body says when it is JSON.",
		Rows: []*Row{k.httpGet(), k.httpPost(), k.httpRequest()},
	}
}

const httpResult = "the answer; or nil and an error: timeout, refused, unreachable, too_large, blocked, busy, invalid (the address; or what " +
	"answers is not to be trusted, or not HTTP), not_configured"

// The arguments of requests.
func httpArgs(more ...verb.Arg) []verb.Arg {
	return slices.Concat([]verb.Arg{
		{Name: "url", Kind: value.Text, Lead: true, Required: true, Doc: "the address"},
		{Name: "query", Kind: value.Table, Doc: "names and values to put behind the address"},
		{Name: "headers", Kind: value.Table, Doc: "names and values"},
		{Name: "auth", Kind: value.Text, Doc: "which of the configuration's `http.secrets` proves who we are"},
	}, more, []verb.Arg{
		{Name: "timeout", Kind: value.Duration, Doc: "for all of it, at most 1m; left out, it is the configuration's"},
		{Name: "max_bytes", Kind: value.Count, Doc: "of the answer's body, at most 1 MiB (1048576); left out, it is the configuration's"},
	})
}

func bodyArgs() []verb.Arg {
	return []verb.Arg{
		{Name: "json", Kind: value.Any, Doc: "what to send, as JSON; secrets within it are sent, by https only"},
		{Name: "form", Kind: value.Table, Doc: "what to send, as a form: names and values, secrets too, by https only"},
		{Name: "body", Kind: value.Text, Doc: "what to send, as it is; `headers` should name its Content-Type"},
	}
}

func (k *kit) httpGet() *Row {
	return &Row{Shape: verb.Shape{
		Name: "http.get", Doc: "Gets what is at an address.", Args: httpArgs(), After: true, Result: httpResult,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) { return k.ask(e, "http.get", http.MethodGet, a) }}
}

func (k *kit) httpPost() *Row {
	return &Row{Shape: verb.Shape{
		Name: "http.post", Doc: "Posts something: one of `json`, `form` and `body`, or nothing.", Args: httpArgs(bodyArgs()...),
		After: true, Result: httpResult,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) { return k.ask(e, "http.post", http.MethodPost, a) }}
}

func (k *kit) httpRequest() *Row {
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	method := verb.Arg{Name: "method", Kind: value.Text, Required: true, Doc: strings.Join(methods, ", ")}
	return &Row{Shape: verb.Shape{
		Name: "http.request", Doc: "Asks in any way.", Args: append(httpArgs(bodyArgs()...), method), After: true, Result: httpResult,
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		if !slices.Contains(methods, a.Text("method")) {
			return nil, verb.Mistakef("argument method: want %s, got %q", method.Doc, sandbox.Clip(a.Text("method")))
		}
		return k.ask(e, "http.request", a.Text("method"), a)
	}}
}

// ask does one request for a script.
func (k *kit) ask(e *Env, name, method string, a verb.Args) (lua.LValue, error) {
	r, err := k.webRequest(e, name, method, a)
	if err != nil {
		return nil, err
	}
	if k.HTTP == nil {
		return nil, refused(name, codeNotConfigured, "there is no client")
	}
	answer, err := k.HTTP.Do(e.Context, r)
	var why *web.Error
	switch {
	case errors.As(err, &why):
		return nil, refused(name, why.Code, "%s", why.Text)
	case err != nil:
		return nil, refused(name, web.CodeUnreachable, "%v", err)
	}
	return k.answer(e, answer), nil
}

func (k *kit) webRequest(e *Env, name, method string, a verb.Args) (web.Request, error) {
	r := web.Request{
		Method: method, URL: a.Text("url"), Auth: a.Text("auth"), Header: http.Header{},
		Timeout: a.Duration("timeout"), Bytes: int64(a.Count("max_bytes")),
	}
	switch {
	case a.Has("timeout") && (r.Timeout <= 0 || r.Timeout > web.MostTime):
		return r, verb.Mistakef("argument timeout: want more than 0 and at most %v, got %v", web.MostTime, r.Timeout)
	case a.Has("max_bytes") && (r.Bytes <= 0 || r.Bytes > web.MostBytes):
		return r, verb.Mistakef("argument max_bytes: want 1 to %d, got %d", web.MostBytes, r.Bytes)
	}
	query, err := pairs(a, "query")
	if err != nil {
		return r, err
	}
	if len(query) > 0 {
		u, err := url.Parse(r.URL)
		if err != nil {
			return r, refused(name, codeInvalid, "this is no address such as https://example.com/a")
		}
		all := u.Query()
		for q, values := range query {
			all[q] = append(all[q], values...)
		}
		u.RawQuery = all.Encode()
		r.URL = u.String()
	}
	if err := k.webBody(e, name, &r, a); err != nil {
		return r, err
	}
	if err := addHeaders(r.Header, a); err != nil {
		return r, err
	}
	return r, sealed(e, &r)
}

// sealed raises for a request that would carry a secret of the call in the clear.
func sealed(e *Env, r *web.Request) error {
	if e.Secret == nil || strings.HasPrefix(strings.ToLower(r.URL), "https:") {
		return nil
	}
	all := []string{r.URL, string(r.Body)}
	for _, values := range r.Header {
		all = append(all, values...)
	}
	for _, text := range all {
		plain, err := url.QueryUnescape(text)
		if e.Secret(text) || err == nil && e.Secret(plain) {
			return verb.Mistakef("argument url: a secret goes by https only")
		}
	}
	return nil
}

func (k *kit) webBody(e *Env, name string, r *web.Request, a verb.Args) error {
	given := 0
	for _, arg := range []string{"json", "form", "body"} {
		if a.Has(arg) {
			given++
		}
	}
	switch {
	case given > 1:
		return verb.Mistakef("json, form and body: only one of them can be sent")
	case a.Has("json"):
		text, err := k.disclose(e, name, a.Value("json"))
		r.Body = []byte(text)
		r.Header.Set("Content-Type", "application/json")
		return err
	case a.Has("form"):
		form, err := pairs(a, "form")
		r.Body = []byte(form.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return err
	}
	r.Body = []byte(a.Text("body"))
	return nil
}

// pairs reads a table of names and of values, or lists of values.
func pairs(a verb.Args, arg string) (url.Values, error) {
	out := url.Values{}
	t := a.Table(arg)
	if t == nil {
		return out, nil
	}
	var err error
	t.ForEach(func(k, v lua.LValue) {
		name, ok := k.(lua.LString)
		if !ok {
			err = verb.Mistakef("argument %s: want names and values, got %s as a name", arg, value.Shown(k))
			return
		}
		list := []lua.LValue{v}
		if many, ok := v.(*lua.LTable); ok {
			list = nil
			many.ForEach(func(_, v lua.LValue) { list = append(list, v) })
		}
		for _, v := range list {
			if s := value.SecretOf(v); s != nil && arg == "form" {
				out[string(name)] = append(out[string(name)], s.Reveal())
				continue
			}
			switch v.(type) {
			case lua.LString, lua.LNumber, lua.LBool:
				out[string(name)] = append(out[string(name)], v.String())
			default:
				err = verb.Mistakef("argument %s: %s: want a text, a number, or true or false, got %s", arg, clipped(name), value.Shown(v))
			}
		}
	})
	return out, err
}

// addHeaders adds those that a script names, if they can be headers and are not the
// connection's own.
func addHeaders(to http.Header, a verb.Args) error {
	named, err := pairs(a, "headers")
	if err != nil {
		return err
	}
	for name, values := range named {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case name == "" || strings.ContainsFunc(name, notToken):
			return verb.Mistakef("argument headers: %q is no name of a header", clipped(name))
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "Te",
			"Trailer", "Expect", "Accept-Encoding"}, canonical), strings.HasPrefix(canonical, "Proxy-"):
			return verb.Mistakef("argument headers: %s is not for flows to set", canonical)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return verb.Mistakef("argument headers: %s has a control character", canonical)
			}
		}
		to[canonical] = values
	}
	return nil
}

// notToken reports what may not be in the name of a header (RFC 9110 §5.6.2).
func notToken(r rune) bool {
	alnum := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// answer is what a service said as scripts have it.
func (k *kit) answer(e *Env, a *web.Answer) lua.LValue {
	e.State.Worked(len(a.Body))
	headers := newTable()
	for name, values := range a.Header {
		headers.RawSetString(strings.ToLower(name), lua.LString(strings.Join(values, ", ")))
	}
	t := record(map[string]any{
		"status": a.Status, "ok": a.Status >= 200 && a.Status <= 299, "headers": headers, "body": string(a.Body),
	})
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if kind == "application/json" || strings.HasSuffix(kind, "+json") {
		if v, err := k.decode(e, "json.decode", string(a.Body)); err == nil {
			t.RawSetString("json", v)
		} else {
			e.Log.Debug("answer is not the JSON it should be", "error", fmt.Sprint(err))
		}
	}
	return t
}
