-- Plays a prompt until the caller hangs up, and records both sides.
local call = ...

call:answer()
call:record()
while true do
  call:play{ file = "bench.ulaw", times = 1000 }
end
