-- Hunt for an agent, with music and a word of comfort in between, like a small queue.
local session, freeswitch = require("fscompat")(..., nil, { trunk = "pbx" }) -- added

local agents = { "1001", "1002", "1003" }
local api = freeswitch.API()
local call_id = api:execute("create_uuid")

session:answer()
session:execute("set", "ringback=%(2000,4000,440,480)")
session:streamFile("queue/welcome.wav")

local function try(agent)
  local leg = freeswitch.Session("{originate_timeout=15,origination_caller_id_number=" ..
    session:getVariable("caller_id_number") .. "}user/" .. agent)
  if not leg:ready() then
    freeswitch.consoleLog("INFO", #call_id .. " agent " .. agent .. ": " .. leg:hangupCause())
    return false
  end
  freeswitch.bridge(session, leg)
  return true
end

for round = 1, 2 do
  for _, agent in ipairs(agents) do
    if not session:ready() then return end
    if try(agent) then
      session:hangup()
      return
    end
    local digits = session:read(1, 1, "queue/please_hold.wav", 2000, "#")
    if digits == "0" then
      session:execute("playback", "queue/callback.wav")
      session:hangup("NORMAL_CLEARING")
      return
    end
  end
end
session:streamFile("queue/nobody.wav")
session:hangup("NO_ANSWER")
