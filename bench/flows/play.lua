-- Plays a prompt until the caller hangs up.
local call = ...

call:answer()
while true do
  call:play{ file = "bench.ulaw", times = 1000 }
end
