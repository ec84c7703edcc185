-- Account balance after a PIN: three attempts, then a person.
local session, freeswitch = require("fscompat")(..., nil, { trunk = "pbx" }) -- added

session:answer()
session:setAutoHangup(false)
session:set_tts_params("flite", "en-US-kal")
session:sleep(500)

local function log(text) freeswitch.consoleLog("NOTICE", "[pin] " .. text .. "\n") end

-- Real scripts ask a database: see docs/fscompat.md.
local accounts = { ["1001"] = { pin = "2468", balance = "105.30" } }

local account
for attempt = 1, 3 do
  if not session:ready() then return end
  local number = session:playAndGetDigits(4, 8, 2, 5000, "#", "ivr/ivr-please_enter_account.wav", "ivr/ivr-that_was_invalid.wav", "^\\d{4,8}$")
  local pin = session:playAndGetDigits(4, 4, 1, 5000, "#", "ivr/ivr-please_enter_pin.wav", "", "\\d{4}")
  if accounts[number] and accounts[number].pin == pin then
    account = accounts[number]
    break
  end
  log("attempt " .. attempt .. " by " .. session:getVariable("caller_id_number") .. " failed")
  session:streamFile("ivr/ivr-that_was_invalid.wav")
end

if account then
  session:setVariable("pin_ok", "true")
  session:speak("Your balance is " .. account.balance .. " dollars.")
  session:streamFile("voicemail/vm-goodbye.wav")
  session:hangup()
else
  session:execute("transfer", "operator XML default")
end
