-- Collects digits up to a #, or four of them, and sends them back; again and again.
local call = ...

call:answer()
while true do
  local r = call:ask{ say = "", digits = 4, speech = false, timeout = "60s", inter_digit = "3s", tries = 1 }
  if r and r.kind == "digits" then
    call:log("digits " .. r.digits)
    call:dtmf(r.digits)
  end
end
