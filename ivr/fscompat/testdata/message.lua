-- Leave a message, listen to a menu of what to do with it.
local session, freeswitch = require("fscompat")(..., nil, { -- added
  phrases = { save_or_again = function(s) s:speak("To keep your message, press 1. To record it again, press 2.") end },
})

local kept = false

function onHangup(s, status, arg)
  freeswitch.consoleLog("INFO", string.format("message for %s: %s, kept %s, %s s", arg, status, tostring(kept), s:getVariable("billsec")))
end

function onKey(s, kind, obj, arg)
  if kind == "dtmf" and obj.digit == "#" then return "break" end
  return ""
end

session:answer()
session:setHangupHook("onHangup", session:getVariable("destination_number"))
session:streamFile("voicemail/vm-record_message.wav")

local tries = 0
while session:ready() and not kept and tries < 3 do
  tries = tries + 1
  session:streamFile("tone_stream://%(1000,0,640)")
  session:setInputCallback("onKey", "")
  session:recordFile("/tmp/" .. session:get_uuid() .. ".wav", 60, 500, 3)
  session:unsetInputCallback()
  local choice = session:playAndGetDigits(1, 1, 2, 4000, "", "phrase:save_or_again", "", "[12]")
  if choice == "1" then
    kept = true
    session:streamFile("voicemail/vm-saved.wav")
  elseif choice == "" then
    break
  end
end
session:streamFile("voicemail/vm-goodbye.wav")
session:hangup("NORMAL_CLEARING")
