package flowtest

import "testing/fstest"

// flows are what the tests of tests are about.
func flows() fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range map[string]string{
		"greet": `local call = ...
call:answer()
call:say("Welcome to the shop")
call:say("Good bye")`,
		"ask": `local call = ...
call:answer()
local r = call:ask{ say = "Say something nice", tries = 2, timeout = "4s" }
call:say("You said " .. (r.text or r.kind))`,
		"digits": `local call = ...
call:answer()
local r = call:ask{ say = "Your number please", digits = 3, min_digits = 2, timeout = "5s" }
call:say("digits " .. (r.digits or r.kind))`,
		"broken": `local call = ...
call:answer()
local x = nil
x.y = 1`,
		"agent": `local call = ...
call:answer()
local leg, err = call:dial{ trunk = "agents", to = "7", timeout = "20s" }
if not leg then
  call:say("it is " .. err.code)
  return
end
local r = call:bridge(leg)
call:say("talked " .. r.duration .. " by " .. r.by)`,
		"queue": `local call = ...
call:answer()
local r, err = call:queue{ "sales", announce = "You are number {place}", exit = "9", max_wait = "3m" }
call:say(r and r.agent .. " after " .. r.waited or err.code)`,
		"web": `local call = ...
call:answer()
local r, err = http.post{ "https://bank.example/balance?of=" .. call.from, json = { pin = 7 }, timeout = "2s" }
call:say(r and r.status .. " " .. (r.json and r.json.balance or r.body) or err.code)
local row, err = db.one{ "who", phone = call.from }
call:say(row and row.name or err and err.code or "nobody")
kv.incr("calls")
call:say("call " .. kv.get("calls"))
call:say(time.now().iso .. (time.open() and " open" or " closed"))`,
		"transfer": `local call = ...
call:answer()
local ok, err = call:transfer("8")
call:say("it is " .. err.code)`,
		"give": `local call = ...
call:answer()
local leg = assert(call:dial{ trunk = "agents", to = "200" })
local ok, err = call:transfer{ to = "8", leg = leg }
call:say("it is " .. err.code)
call:bridge(leg)`,
		"news": `local call = ...
call:answer()
call:on("message", function(text) call:set{ last = text, times = (call.vars.times or 0) + 1 } end)
call:on("hangup", function() call:set{ over = true } end)
while not call.vars.last do call:sleep("1s") end
call:say("it is " .. call.vars.last)
call:sleep("10s")`,
		"reject": `local call = ...
call:reject("busy")`,
		"loop": `local call = ...
call:answer()
while true do call:sleep("1s") end`,
		"hot": `while true do end`,
		"deafen": `local call = ...
call:answer()
call:secure_collect{ say = "Your card please", digits = 4 }`,
	} {
		out["flows/"+name+".lua"] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return out
}
