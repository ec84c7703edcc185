-- The demonstration hotline of a bank. Callers say what they want and land on
-- the node of the menu "hotline", or press its key. Who is not understood is
-- asked again, then offered the keys, then brought to a person.
--
-- English or Chinese: the route, or whoever placed the call, sets the variable
-- lang; else the number called decides. Callers may ask for the other at any time:
-- what is said here is looked up each time.
local call = ...

local texts = {
  en = { more = "Is there anything else I can do for you?", yes = "What can I do for you?" },
  zh = { more = "请问还有什么可以帮您？", yes = "请问您要办理什么业务？" },
}

if not call.vars.lang and call.to == "hotline-zh" then
  call:set{ lang = "zh" }
end

call:finally(function(info)
  call:log(string.format("hotline: %s after %.0f s, %s", info.cause, info.duration, call.vars.served or "nothing served"))
end)

call:answer()
call:record()

local question -- nil: the menu's greeting
local served = false

while true do
  local r, err = call:ask{ menu = "hotline", say = question, yes_no = served }
  if not r then
    error(err)
  end
  local text = texts[call.vars.lang] or texts.en
  question = text.more

  if r.kind == "intent" then
    served = true
    call:set{ served = r.node }
    if r.answer then
      call:say{ r.answer, barge_in = true }
    end
  elseif r.kind == "command" then
    question = nil -- back: the greeting again
  elseif r.kind == "yes" then
    question = text.yes
  elseif r.kind == "no" or r.kind == "silence" and served then
    break
  else -- a person was asked for, or nothing else has helped
    if r.kind ~= "human" then
      call:node("agent")
    end
    if call:go("agent", { with = { menu = true } }) ~= "menu" then
      break
    end
    question, served = text.yes, false
  end
end

call:say(call:prompt("goodbye"))
call:hangup()
