-- Answers, and waits for the caller to hang up.
local call = ...

call:answer()
while true do
  call:sleep("600s")
end
