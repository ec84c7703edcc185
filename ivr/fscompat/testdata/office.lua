-- Office hours and a small menu. The hour comes from the dialplan, or as an argument.
local session, freeswitch = require("fscompat")(..., select(2, ...), { -- changed: was argv and session alone
  trunk = "pbx", extensions = { ["9000"] = "night" },
})

local hour = tonumber(argv[1] or session:getVariable("hour")) or 10
local open = hour >= 9 and hour < 18

session:preAnswer()
session:answer()
if not open then
  session:streamFile("/usr/share/freeswitch/sounds/en/us/callie/custom/closed.wav")
  session:transfer("9000", "XML", "default")
  return
end

local menu = {
  ["1"] = { "sales", "user/2001" },
  ["2"] = { "support", "user/2002,user/2003" },
  ["0"] = { "reception", "sofia/gateway/telco/+861065529988" },
}

local choice = session:playAndGetDigits(1, 1, 3, 5000, "#", "custom/menu.wav", "ivr/ivr-that_was_invalid.wav", "^[120]$", "menu_choice", 3000, "9000 XML default")
local to = menu[choice]
freeswitch.consoleLog("debug", "menu: " .. to[1])
session:setVariable("continue_on_fail", "true")
session:setVariable("hangup_after_bridge", "true")
session:execute("bridge", "{leg_timeout=20}" .. to[2])
if session:getVariable("DIALSTATUS") == "BUSY" then
  session:streamFile("ivr/ivr-all_agents_busy.wav")
else
  session:streamFile("ivr/ivr-no_one_answers.wav")
end
session:transfer("9000", "XML", "default")
