-- Lets the caller hear himself.
local call = ...

call:answer()
call:echo{}
