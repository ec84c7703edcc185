-- Connects the caller to a person. By itself, it is a flow for a direct line;
-- another flow goes to it with { menu = true } and gets "menu" back when the
-- caller would rather return there.
local call, with = ...

local texts = {
  en = {
    busy = "I am sorry, all our agents are busy.",
    no_answer = "I am sorry, nobody answers at the moment.",
    rejected = "I am sorry, the agent cannot take your call.",
    failed = "I am sorry, I cannot connect you at the moment.",
    menu = "Would you like to go back to the menu? Say yes, or press 1.",
  },
  zh = {
    busy = "对不起，坐席全忙。",
    no_answer = "对不起，暂时无人接听。",
    rejected = "对不起，坐席暂时无法接听您的来电。",
    failed = "对不起，暂时无法为您转接。",
    menu = "请问要返回主菜单吗？请说是，或者按一。",
  },
}
local text = texts[call.vars.lang] or texts.en

call:answer()
call:record()
call:say(call:prompt("human", { menu = "hotline" }))

local leg, err = call:dial{ trunk = "agents", to = "agent", timeout = "30s" }
if leg then
  local talk, why = call:bridge(leg)
  if talk then
    return "talked"
  end
  call:log("bridge: " .. why.message)
  err = why
end

call:say(text[err.code] or text.failed)
local r = call:ask{ say = text.menu, yes_no = true, tries = 2 }
if r and r.kind == "yes" then
  if with and with.menu then
    return "menu"
  end
  return call:go("hotline")
end
return err.code
