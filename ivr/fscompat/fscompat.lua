-- FreeSWITCH's session and freeswitch, for Lua scripts written for mod_lua, on
-- top of the verbs of a call. docs/fscompat.md says what is covered.
--
--   local session, freeswitch = require("fscompat")(call, with, options)
--
-- The three are set as globals too, with argv from with. options may have:
--   trunk       the trunk of dial strings that name none of ours ("user/1000")
--   trunks      our trunks by the prefix of dial strings: { ["sofia/gateway/telco"] = "carrier" }
--   extensions  flows by extension, for transfer: { ["1000"] = "sales" }
--   phrases     functions by phrase, for sayPhrase: function(session, arguments)
--   globals     global variables
--   sounds      a directory that sound files are named below: "/usr/share/freeswitch/sounds/en/us/callie"
--   survive     how long the script may go on after a hang-up ("30s"); else it ends there, but for its hooks

-- Causes: ours, FreeSWITCH's, Q.850. The first of a kind is the one told to scripts.
local causes = [[
normal NORMAL_CLEARING 16
busy USER_BUSY 17
no_answer NO_ANSWER 19
rejected CALL_REJECTED 21
cancelled ORIGINATOR_CANCEL 487
not_found UNALLOCATED_NUMBER 1
unreachable DESTINATION_OUT_OF_ORDER 27
media INCOMPATIBLE_DESTINATION 88
failed NORMAL_TEMPORARY_FAILURE 41
overload SWITCH_CONGESTION 42
refused OUTGOING_CALL_BARRED 52
timeout ALLOTTED_TIMEOUT 602
no_answer NO_USER_RESPONSE 18
not_found NO_ROUTE_DESTINATION 3
not_found INVALID_NUMBER_FORMAT 28
normal NORMAL_UNSPECIFIED 31
overload NORMAL_CIRCUIT_CONGESTION 34
]]

-- What DIALSTATUS says of ours.
local statuses = {
  normal = "SUCCESS", busy = "BUSY", no_answer = "NOANSWER", timeout = "NOANSWER", cancelled = "CANCEL",
  overload = "CONGESTION", failed = "CONGESTION", refused = "CHANUNAVAIL",
}

local levels = {
  console = "error", alert = "error", crit = "error", err = "error", error = "error",
  warning = "warn", warn = "warn", notice = "info", info = "info", debug = "debug",
}

local function toFreeswitch(code)
  return string.match("\n" .. causes, "\n" .. code .. " (%S+)") or "NORMAL_TEMPORARY_FAILURE"
end

local function fromFreeswitch(cause)
  local name = string.upper(tostring(cause or ""))
  if not string.find(name, "^[%u%d_]+$") then return "normal" end
  return string.match(causes, "([%l_]+) " .. name .. " ") or string.match(causes, "([%l_]+) %S+ " .. name .. "\n") or "normal"
end

local function trim(s) return (string.gsub(s, "^%s*(.-)%s*$", "%1")) end

-- split cuts s at a character and trims the pieces.
local function split(s, at)
  local out = {}
  for piece in string.gmatch(s .. at, "(.-)" .. string.gsub(at, "%p", "%%%0")) do
    out[#out + 1] = trim(piece)
  end
  return out
end

local function words(s)
  local out = {}
  for w in string.gmatch(s, "%S+") do out[#out + 1] = w end
  return out
end

local function ms(n, default)
  n = math.floor(tonumber(n) or 0)
  if n <= 0 then n = default or 1 end
  return math.min(n, 86400000) .. "ms"
end

--- Regular expressions: the part of PCRE that digits need ---------------------

-- regex compiles an expression to a function that searches a string for it.
-- A matcher takes the string, a place and what is to match after it.
local function regex(re)
  local escapes = {
    d = function(c) return string.find(c, "^%d") ~= nil end,
    D = function(c) return string.find(c, "^%D") ~= nil end,
    w = function(c) return string.find(c, "^[%w_]") ~= nil end,
    W = function(c) return string.find(c, "^[^%w_]") ~= nil end,
    s = function(c) return string.find(c, "^%s") ~= nil end,
    S = function(c) return string.find(c, "^%S") ~= nil end,
  }
  local at = 1
  local function peek() return string.sub(re, at, at) end
  local function take()
    at = at + 1
    return string.sub(re, at - 1, at - 1)
  end
  local function bad(why) error("regular expression \"" .. re .. "\": " .. why, 0) end

  local function escaped()
    local c = take()
    if c == "" then bad("ends in \\") end
    if string.find(c, "%w") and not escapes[c] then bad("\\" .. c .. " is not covered") end
    return escapes[c] or function(x) return x == c end
  end

  local function class()
    local tests, negated = {}, peek() == "^"
    if negated then take() end
    repeat
      local c = take()
      if c == "" then bad("missing ]") end
      if c == "\\" then
        tests[#tests + 1] = escaped()
      elseif peek() == "-" and string.sub(re, at + 1, at + 1) ~= "]" then
        take()
        local from, to = c, take()
        tests[#tests + 1] = function(x) return from <= x and x <= to end
      else
        tests[#tests + 1] = function(x) return x == c end
      end
    until peek() == "]"
    take()
    return function(x)
      for _, test in ipairs(tests) do
        if test(x) then return not negated end
      end
      return negated
    end
  end

  local alternatives

  -- atom returns a test of one character, or a matcher.
  local function atom()
    local c = take()
    if c == "(" then
      if string.sub(re, at, at + 1) == "?:" then
        at = at + 2
      elseif peek() == "?" then
        bad("(? is not covered")
      end
      local inner = alternatives()
      if take() ~= ")" then bad("missing )") end
      return nil, inner
    elseif c == "[" then
      return class()
    elseif c == "." then
      return function() return true end
    elseif c == "\\" then
      return escaped()
    elseif c == "^" then
      return nil, function(_, i, k) return i == 1 and k(i) end
    elseif c == "$" then
      return nil, function(s, i, k) return i == #s + 1 and k(i) end
    elseif string.find(c, "[%*%+%?{]") then
      bad("nothing to repeat before " .. c)
    end
    return function(x) return x == c end
  end

  local function quantifier()
    local c = peek()
    local min, max = 1, 1
    if c == "*" then min, max = 0, math.huge
    elseif c == "+" then min, max = 1, math.huge
    elseif c == "?" then min, max = 0, 1
    elseif c == "{" then
      local from, comma, to, after = string.match(re, "^{(%d+)(,?)(%d*)}()", at)
      if not from then bad("bad {") end
      min = tonumber(from)
      max = comma == "" and min or tonumber(to) or math.huge
      at = after - 1
    else
      return 1, 1
    end
    take()
    if peek() == "?" or peek() == "+" then take() end -- greed changes nothing for a yes or no
    return min, max
  end

  local function repeatTest(test, min, max)
    return function(s, i, k)
      local n = 0
      while n < max and i + n <= #s and test(string.sub(s, i + n, i + n)) do n = n + 1 end
      for count = n, min, -1 do
        if k(i + count) then return true end
      end
      return false
    end
  end

  local function repeatMatcher(m, min, max)
    if min == 1 and max == 1 then return m end
    return function(s, i, k)
      local function try(n, from)
        if n < max and m(s, from, function(to) return (to > from or n < min) and try(n + 1, to) end) then
          return true
        end
        return n >= min and k(from)
      end
      return try(0, i)
    end
  end

  local function sequence()
    local parts = {}
    while at <= #re and peek() ~= "|" and peek() ~= ")" do
      local test, m = atom()
      local min, max = quantifier()
      parts[#parts + 1] = test and repeatTest(test, min, max) or repeatMatcher(m, min, max)
    end
    return function(s, i, k)
      local function from(n, j)
        if n > #parts then return k(j) end
        return parts[n](s, j, function(next) return from(n + 1, next) end)
      end
      return from(1, i)
    end
  end

  function alternatives()
    local list = { sequence() }
    while peek() == "|" do
      take()
      list[#list + 1] = sequence()
    end
    return function(s, i, k)
      for _, m in ipairs(list) do
        if m(s, i, k) then return true end
      end
      return false
    end
  end

  local m = alternatives()
  if at <= #re then bad("unexpected )") end
  return function(s)
    for i = 1, #s + 1 do
      if m(s, i, function() return true end) then return true end
    end
    return false
  end
end

-- place is where the function so many levels up stands: its file, and its line with a colon.
local function place(level)
  local _, at = pcall(error, "", level)
  return string.match(tostring(at), "^(.-):(%d+:)")
end

-- where is the line of the script that has called this module, "flows/x.lua:12: ". It raises errors to
-- find out, which cost closures their share in locals: for those who are about to raise one only.
local function where()
  local ours = place(2)
  for level = 3, 30 do
    local file, line = place(level)
    if file and file ~= ours then return file .. ":" .. line .. " " end
  end
  return ""
end

--- One call --------------------------------------------------------------------

local function open(call, with, options)
  options = options or {}
  local session, freeswitch = {}, {}
  local globals = options.globals or {}
  local answered, ended, over = call.direction == "outbound", nil, false
  local callback, callbackArg -- what keys are shown to
  local lang                  -- of set_tts_params
  local apps, api             -- what execute knows: of session, of freeswitch.API

  local function warn(...) call:log{ text = "fscompat: " .. table.concat({ ... }, " "), level = "warn" } end
  local function uncovered(what) error(where() .. "fscompat: " .. what .. " is not covered: see docs/fscompat.md", 0) end

  if options.survive then call:survive_hangup(options.survive) end

  -- alive asks the call itself, where the script may have survived it.
  local function alive()
    if options.survive and not over then
      local _, err = call:sleep("0s")
      over = err ~= nil and err.code == "hangup"
    end
    return not over
  end

  -- named is the function that a hook was given as, or one that looks the name up when it is called:
  -- scripts name functions that they define further down.
  local function named(f)
    if type(f) ~= "string" then return f end
    return function(...)
      local found = _G[f]
      if type(found) ~= "function" then error(where() .. "fscompat: there is no global function \"" .. f .. "\"", 0) end
      return found(...)
    end
  end

  -- sounding lets the caller hear us: there is no sound before the answer.
  local function sounding()
    if not answered then
      answered = true
      call:answer()
    end
  end

  --- Keys

  -- press waits for one key. No key ends the question but the first, whichever it is.
  local function press(timeout)
    local r = call:ask{ say = "", digits = 1, terminator = "D", speech = false, tries = 1, timeout = timeout }
    if r and r.kind == "digits" then return r.digits end
  end

  -- ending are the keys of a list of terminators.
  local function ending(terms)
    if terms == nil then return "#" end
    return terms == "none" and "" or terms
  end

  -- shown gives a key to the script's callback and reports whether that ends what goes on.
  local function shown(digit)
    if not callback then return false end
    local verdict = callback(session, "dtmf", { digit = digit, duration = 2000 }, callbackArg)
    return verdict == true or verdict == "true" or verdict == "break" or verdict == "stop" or verdict == "exit"
  end

  -- collect gathers keys up to one of terms: first and between are how long to wait.
  local function collect(max, terms, first, between, typed)
    local digits, wait = typed or "", typed and between or first
    while #digits < max do
      local key = press(wait)
      if not key then return digits end
      if string.find(terms, key, 1, true) then return digits, key end
      digits, wait = digits .. key, between
    end
    return digits
  end

  --- Sound

  -- soundFile names a file as one below prompts/.
  local function soundFile(name)
    local root = options.sounds
    if root and string.sub(name, 1, #root) == root then
      name = string.sub(name, #root + 1)
    else
      name = string.match(name, "/sounds/[^/]+/[^/]+/[^/]+/(.+)$") or name
    end
    name = string.gsub(name, "^/+", "")
    return string.find(name, "%.%w+$") and name or name .. ".wav"
  end

  -- playFile plays one file. A key goes to onkey, which says whether it ends here; else the file goes on.
  local function playFile(name, onkey)
    local from, length = 0, nil
    repeat
      local h, err = call:play{ file = name, barge_in = onkey ~= nil, from = from .. "ms" }
      if not h then warn("play", name .. ":", err.message) end
      if not h or h.outcome ~= "stopped" then return end
      local key = press("10ms")
      if not key or onkey(key) then return key end
      length = length or h.total_ms
      from = from + h.heard_ms
    until from >= length
  end

  -- sentences cuts a text where a voice would pause.
  local function sentences(text)
    text = string.gsub(text, "([%.%?!;])%s+", "%1\n")
    for _, stop in ipairs{ "。", "！", "？", "；" } do text = string.gsub(text, stop, "%0\n") end
    return split(text, "\n")
  end

  -- speakText speaks. A key goes to onkey, which says whether it ends here; else its sentence is said again.
  local function speakText(text, onkey)
    for _, sentence in ipairs(onkey and sentences(text) or { trim(text) }) do
      while sentence ~= "" do
        local h, err = call:say{ text = sentence, lang = lang, barge_in = onkey ~= nil }
        if not h then warn("speak:", err.message) end
        if not h or h.outcome ~= "stopped" then break end
        local key = press("10ms")
        if not key or onkey(key) then return key end
      end
    end
  end

  local function wait(n, onkey)
    if not onkey then
      call:sleep(ms(n, 1))
      return
    end
    local key = press(ms(n, 1))
    if key and onkey(key) then return key end
  end

  local function tones(spec, onkey)
    local loops = tonumber(string.match(spec, "loops=(-?%d+)")) or 1
    if loops < 0 then loops = math.huge end
    while loops > 0 and alive() do
      for on, off, hz in string.gmatch(spec, "%%%((%d+),(%d+),([%d%.,]+)%)") do
        if tonumber(on) > 0 then
          local tone = string.gsub(hz, ",", "+")
          local h, err = call:play{ tone = tone, duration = ms(math.min(on, 60000)), barge_in = onkey ~= nil }
          if not h then return warn("tone", spec .. ":", err.message) end
          if h.outcome == "stopped" then
            local key = press("10ms")
            if key and onkey(key) then return key end
          end
        end
        if tonumber(off) > 0 then
          local key = wait(off, onkey)
          if key then return key end
        end
      end
      loops = loops - 1
    end
  end

  -- sound plays what FreeSWITCH calls a file, and returns the key that ended it.
  local function sound(file, onkey)
    sounding()
    file = string.gsub(tostring(file), "^{.-}", "")
    local scheme, rest = string.match(file, "^([%w_]+)://(.*)$")
    if scheme == "file_string" then
      for _, part in ipairs(split(rest, "!")) do
        local key = sound(part, onkey)
        if key then return key end
      end
    elseif scheme == "silence_stream" then
      return wait(string.match(rest, "^%d+"), onkey)
    elseif scheme == "tone_stream" then
      return tones(rest, onkey)
    elseif scheme then
      uncovered("sound " .. scheme .. "://")
    elseif string.find(file, "^say:") then
      return speakText(string.match(file, "^say:[^:]*:[^:]*:(.*)$") or string.sub(file, 5), onkey)
    elseif string.find(file, "^phrase:") then
      local name, arguments = string.match(file, "^phrase:([^:]*):?(.*)$")
      session:sayPhrase(name, arguments)
    elseif file ~= "" and file ~= "silence" then
      return playFile(soundFile(file), onkey)
    end
  end

  local function keys() return callback and shown or nil end

  --- Legs

  -- secondLeg is what scripts have of a leg. Its leg is what dial returned, false when there is none (any more).
  local legMeta
  local function secondLeg(fields)
    if not legMeta then
      local function there(self) return self.leg ~= false end
      local methods = {
        ready = there, answered = there, mediaReady = there, waitForAnswer = there,
        bridged = function() return false end,
        hangupCause = function(self) return self.cause end,
        get_uuid = function(self) return self.leg and self.leg.id or nil end,
        getVariable = function(self, name) return self.vars[name] end,
        setVariable = function(self, name, value) self.vars[name] = value end,
        setAutoHangup = function() end,
        destroy = function() end,
        hangup = function(self)
          if self.leg then self.leg:hangup() end
          self.leg = false
        end,
      }
      legMeta = {
        __index = function(_, name) return methods[name] or uncovered("session:" .. tostring(name) .. " of a second leg") end,
      }
    end
    return setmetatable(fields, legMeta)
  end

  -- variables reads "k=v,k=v" into vars.
  local function variables(list, vars)
    for k, v in string.gmatch(list, "([%w_%-]+)=([^,]*)") do vars[k] = v end
  end

  -- target is our trunk and number for one destination of a dial string.
  local function target(dest)
    local best = ""
    for prefix in pairs(options.trunks or {}) do
      if #prefix > #best and string.sub(dest, 1, #prefix + 1) == prefix .. "/" then best = prefix end
    end
    if best ~= "" then return options.trunks[best], (string.gsub(string.sub(dest, #best + 2), "@.*$", "")) end
    local gateway, number = string.match(dest, "^sofia/gateway/([^/]+)/(.+)$")
    if gateway then return gateway, number end
    number = string.match(dest, "^user/([^@]+)") or string.match(dest, "^sofia/[^/]+/([^@]+)")
    if not number then uncovered("dial string \"" .. dest .. "\"") end
    if not options.trunk then error("fscompat: dial \"" .. dest .. "\": give the option trunk", 0) end
    return options.trunk, number
  end

  -- dial tries the destinations of a dial string in turn.
  local function dial(dialstring)
    local vars, err = {}, nil
    local rest = string.gsub(dialstring, "^{(.-)}", function(list)
      variables(list, vars)
      return ""
    end)
    rest = string.gsub(string.gsub(rest, ":_:", "|"), "%b[]", function(list) return (string.gsub(list, ",", "\1")) end)
    for dest in string.gmatch(rest, "[^,|]+") do
      local own = setmetatable({}, { __index = vars })
      dest = string.gsub(trim(dest), "^%[(.-)%]", function(list)
        variables(string.gsub(list, "\1", ","), own)
        return ""
      end)
      local seconds = tonumber(own.leg_timeout or own.originate_timeout or own.call_timeout or session:getVariable("call_timeout")) or 60
      local failure = string.match(dest, "^error/(.+)$")
      if failure then
        err = { code = fromFreeswitch(failure), message = failure }
      else
        local trunk, to = target(dest)
        local leg
        leg, err = call:dial{
          trunk = trunk, to = to, timeout = ms(seconds * 1000, 60000),
          from = own.origination_caller_id_number or own.effective_caller_id_number or session:getVariable("effective_caller_id_number"),
        }
        if leg then return secondLeg{ leg = leg, vars = vars, cause = "NORMAL_CLEARING", code = "normal" } end
      end
    end
    err = err or { code = "not_found" }
    return secondLeg{ leg = false, vars = vars, cause = toFreeswitch(err.code), code = err.code }
  end

  local function bridge(other)
    if not other.leg then return false end
    sounding()
    local r, err = call:bridge(other.leg)
    other.leg = false
    session:setVariable("bridge_hangup_cause", toFreeswitch(r and r.cause or err.code))
    if session:getVariable("hangup_after_bridge") == "true" then session:hangup() end
    return r ~= nil
  end

  local function dialAndBridge(dialstring)
    local other = dial(dialstring)
    session:setVariable("originate_disposition", other.leg and "SUCCESS" or other.cause)
    session:setVariable("DIALSTATUS", other.leg and "SUCCESS" or statuses[other.code] or "CHANUNAVAIL")
    return bridge(other)
  end

  --- session: beginning and end

  session.uuid = call.id

  function session:answer()
    answered = true
    return call:answer() == true
  end

  function session:preAnswer() return call:ring() == true end

  function session:hangup(cause)
    over = true
    call:hangup(fromFreeswitch(cause))
  end

  function session:ready() return alive() end
  function session:answered() return answered and alive() end
  function session:mediaReady() return answered and alive() end
  function session:bridged() return false end -- while a bridge lasts the script waits
  function session:getState() return alive() and "CS_EXECUTE" or "CS_HANGUP" end
  function session:hangupCause() return ended and toFreeswitch(ended.cause) or "NONE" end
  function session:get_uuid() return call.id end
  function session:destroy() end
  function session:flushEvents() end

  function session:setHangupHook(hook, arg)
    hook = named(hook)
    call:finally(function(info)
      over, ended = true, info
      hook(session, "hangup", arg)
    end)
  end

  function session:setAutoHangup(on)
    if on == false or on == "false" then warn("setAutoHangup(false): a call ends with its script here") end
  end

  function session:transfer(extension)
    extension = tostring(extension)
    call:go((options.extensions or {})[extension] or extension)
    session:hangup()
  end

  --- session: variables

  local known = {
    uuid = call.id, caller_id_number = call.from, caller_id_name = call.from, ani = call.from,
    destination_number = call.to, direction = call.direction, sip_gateway_name = call.trunk,
  }

  function session:getVariable(name)
    if ended then
      if name == "duration" then return tostring(math.floor(ended.duration)) end
      if name == "billsec" then return tostring(math.floor(ended.talk)) end
      if name == "hangup_cause" then return toFreeswitch(ended.cause) end
      if name == "hangup_cause_q850" then return tostring(ended.q850) end
    end
    local v = call.vars[name]
    if v == nil or v == "" then v = known[name] end
    return v and v ~= "" and tostring(v) or nil
  end

  function session:setVariable(name, value)
    if value == nil then value = "" end
    call:set{ [name] = tostring(value) }
  end

  --- session: sound and keys

  function session:streamFile(file) sound(file, keys()) end

  function session:sleep(n) wait(n, keys()) end

  function session:set_tts_params(_, voice)
    voice = tostring(voice)
    lang = string.match(voice, "^(%a%a)$") or string.match(voice, "^(%a%a)[%-_]") or lang
  end
  session.set_tts_parms = session.set_tts_params

  function session:speak(text)
    sounding()
    speakText(tostring(text), keys())
  end

  -- What kinds of values FreeSWITCH's are; iterated ones are digits, counted ones ordinals.
  local kinds = {
    currency = "money", telephone_number = "phone", telephone_extension = "digits", account_number = "digits",
    name_spelled = "spell", name_phonetic = "spell", current_date = "date", current_time = "time",
    current_date_time = "datetime", short_date_time = "datetime", time_measurement = "duration",
  }

  -- say puts a value into words. What has none is spoken as it is.
  function session:say(value, language, kind, method)
    kind, method = string.lower(kind or ""), string.lower(method or "")
    local as = kinds[kind] or method == "iterated" and "digits" or method == "counted" and "ordinal" or "number"
    local known, text = pcall(call.words, call, { tostring(value), as = as, lang = language or lang })
    if not known then warn("say:", (string.gsub(tostring(text), "^%S+:%d+: words: ", ""))) end
    sounding()
    local before = lang
    lang = language or lang
    speakText(known and text or tostring(value), keys())
    lang = before
  end

  function session:sayPhrase(name, arguments)
    local phrase = (options.phrases or {})[name]
    if not phrase then uncovered("phrase " .. tostring(name) .. ", without the option phrases,") end
    sounding()
    phrase(session, arguments)
  end

  function session:flushDigits()
    for _ = 1, 64 do
      if not press("1ms") then return end
    end
  end

  function session:setInputCallback(f, arg) callback, callbackArg = named(f), arg end
  function session:unsetInputCallback() callback, callbackArg = nil, nil end

  function session:getDigits(max, terms, timeout, between)
    return collect(max, ending(terms or "none"), ms(timeout, 5000), ms(between or timeout, 5000))
  end

  function session:read(_, max, file, timeout, terms)
    local typed = file and sound(file, function() return true end)
    terms = ending(terms)
    if typed and string.find(terms, typed, 1, true) then return "" end
    return (collect(max, terms, ms(timeout, 5000), ms(timeout, 5000), typed))
  end

  function session:collectDigits(between, total)
    local limit = ms(total or between, 5000)
    while true do
      local key = press(limit)
      if not key or shown(key) then return end
      if total then limit = ms(between, 5000) end
    end
  end

  function session:playAndGetDigits(min, max, tries, timeout, terms, file, bad, re, var, between, onfail)
    terms = ending(terms)
    local valid = re and re ~= "" and regex(re) or function() return true end
    for _ = 1, math.max(tries, 1) do
      local digits, typed = "", nil
      if file and file ~= "" then typed = sound(file, function() return true end) end
      if not (typed and string.find(terms, typed, 1, true)) then
        digits = collect(max, terms, ms(timeout, 5000), ms(between or timeout, 5000), typed)
      end
      if #digits >= min and valid(digits) then
        if var and var ~= "" then session:setVariable(var, digits) end
        return digits
      end
      if bad and bad ~= "" then sound(bad) end
    end
    if var and var ~= "" then session:setVariable(var, nil) end
    if onfail and onfail ~= "" then session:transfer(words(onfail)[1]) end
    return ""
  end

  -- playAndDetectSpeech plays and returns the words that were said, as text.
  function session:playAndDetectSpeech(file)
    sounding()
    local text, r = string.match(tostring(file), "^say:(.*)$"), nil
    if text then
      r = call:ask{ say = text, lang = lang, tries = 1 }
    else
      sound(file)
      r = call:listen{ lang = lang }
    end
    return r and r.kind == "speech" and r.text or nil
  end

  -- recordFile records until a key, or for so many seconds. Where that is kept is ours to say.
  function session:recordFile(_, limit)
    sounding()
    local path, err = call:record()
    if not path then
      warn("record:", err.message)
      return false
    end
    call:record_resume()
    session:setVariable("record_path", path)
    local stops = session:getVariable("playback_terminators") or "#*"
    repeat
      local key = press(ms((tonumber(limit) or 0) * 1000, 300000))
    until not key or shown(key) or not callback and (stops == "any" or string.find(stops, key, 1, true))
    call:record_pause()
    return true
  end

  function session:originate(_, dialstring) return dial(dialstring):ready() end

  --- session:execute

  -- applications is made when it is needed, as are commands: most calls wait without.
  local function applications()
    local all = {
      answer = function() session:answer() end,
      pre_answer = function() session:preAnswer() end,
      ring_ready = function() session:preAnswer() end,
      hangup = function(a) session:hangup(a) end,
      respond = function(a) session:hangup(a and string.match(a, "^486") and "USER_BUSY" or "CALL_REJECTED") end,
      sleep = function(a) session:sleep(a) end,
      playback = function(a)
        local stops = session:getVariable("playback_terminators") or "*"
        sound(a, stops ~= "none" and function(key) return stops == "any" or string.find(stops, key, 1, true) ~= nil end or nil)
      end,
      endless_playback = function(a)
        while alive() do sound(a) end
      end,
      speak = function(a) session:speak(string.match(a, "^[^|]*|[^|]*|(.*)$") or a) end,
      say = function(a)
        local language, kind, method, value = string.match(a, "^(%S+)%s+(%S+)%s+(%S+)%s+(.*)$")
        session:say(value, language, kind, method)
      end,
      play_and_get_digits = function(a)
        local w = words(a)
        session:playAndGetDigits(tonumber(w[1]), tonumber(w[2]), tonumber(w[3]), w[4], w[5], w[6], w[7], w[9], w[8], w[10], w[11])
      end,
      read = function(a)
        local w = words(a)
        session:setVariable(w[4], session:read(tonumber(w[1]), tonumber(w[2]), w[3], w[5], w[6]))
      end,
      set = function(a)
        local name, value = string.match(a, "^([^=]+)=(.*)$")
        session:setVariable(trim(name), value)
      end,
      unset = function(a) session:setVariable(trim(a), nil) end,
      bridge = function(a) dialAndBridge(a) end,
      transfer = function(a) session:transfer(words(a)[1]) end,
      deflect = function(a) call:transfer(a) end,
      redirect = function(a) call:transfer(a) end,
      record = function(a)
        local w = words(a)
        session:recordFile(w[1], w[2])
      end,
      record_session = function() call:record() end,
      stop_record_session = function() call:record_pause() end,
      log = function(a)
        local level, text = string.match(a, "^(%u+)%s+(.*)$")
        freeswitch.consoleLog(level or "info", text or a)
      end,
      conference = function(a)
        sounding()
        call:conference{ room = string.match(a, "^[^@+]+"), mute = string.find(a, "flags{[^}]*mute") ~= nil }
      end,
      echo = function()
        sounding()
        call:echo()
      end,
      send_dtmf = function(a) call:dtmf((string.match(a, "^[^@]+"))) end,
      flush_dtmf = function() session:flushDigits() end,
      lua = function(a)
        local w = words(a)
        local script = table.remove(w, 1)
        call:go{ to = string.match(script, "([^/]+)%.lua$") or script, with = w }
      end,
      start_dtmf = function() end,
      stop_dtmf = function() end,
    }
    all.export = all.set
    return all
  end

  function session:execute(app, arguments)
    apps = apps or applications()
    local run = apps[app]
    if not run then uncovered("the application " .. tostring(app)) end
    run(arguments and tostring(arguments) or "")
  end

  --- freeswitch

  function freeswitch.consoleLog(level, text)
    call:log{ text = trim(tostring(text)), level = levels[string.lower(tostring(level))] or "info" }
  end
  freeswitch.console_log = freeswitch.consoleLog

  function freeswitch.msleep(n) call:sleep(ms(n, 1)) end
  function freeswitch.getGlobalVariable(name) return globals[name] end
  function freeswitch.setGlobalVariable(name, value) globals[name] = value end

  function freeswitch.Session(dialstring)
    if dialstring == call.id then return session end
    return dial(dialstring)
  end

  function freeswitch.bridge(a, b)
    if a == session then return bridge(b) end
    if b == session then return bridge(a) end
    uncovered("bridge of two other legs")
  end

  local function commands()
    return {
      create_uuid = function()
        return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function() return string.format("%x", math.random(0, 15)) end))
      end,
      global_getvar = function(a) return tostring(globals[trim(a)] or "") end,
      global_setvar = function(a)
        local name, value = string.match(a, "^([^=]+)=(.*)$")
        globals[trim(name or a)] = value
        return "+OK"
      end,
      uuid_getvar = function(a)
        local w = words(a)
        return w[1] == call.id and session:getVariable(w[2]) or "_undef_"
      end,
      uuid_setvar = function(a)
        local id, name, value = string.match(a, "^(%S+)%s+(%S+)%s*(.*)$")
        if id ~= call.id then return "-ERR No such channel!" end
        session:setVariable(name, value)
        return "+OK"
      end,
      uuid_kill = function(a)
        if words(a)[1] ~= call.id then return "-ERR No such channel!" end
        session:hangup(words(a)[2])
      end,
      regex = function(a)
        local s, re = string.match(a, "^(.-)|(.*)$")
        return tostring(regex(re or "")(s or ""))
      end,
      msleep = function(a)
        freeswitch.msleep(a)
        return "+OK"
      end,
      echo = function(a) return a end,
    }
  end

  local function execute(command, arguments)
    api = api or commands()
    local run = api[command]
    if run then return run(arguments and tostring(arguments) or "") end
    warn("the command", tostring(command), "is not covered")
    return "-ERR " .. tostring(command) .. " Command not found!"
  end

  function freeswitch.API()
    return {
      execute = function(_, command, arguments) return execute(command, arguments) end,
      executeString = function(_, line) return execute(string.match(line, "^(%S+)%s*(.*)$")) end,
    }
  end

  setmetatable(session, { __index = function(_, name) uncovered("session:" .. tostring(name)) end })
  setmetatable(freeswitch, { __index = function(_, name) uncovered("freeswitch." .. tostring(name)) end })

  -- What mod_lua has as globals.
  _G.session, _G.freeswitch, _G.argv = session, freeswitch, (with and with.argv) or with or {}
  return session, freeswitch
end

return open
