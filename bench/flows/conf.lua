-- Takes the caller into the conference whose number was called.
local call = ...

call:answer()
call:conference{ room = call.to }
