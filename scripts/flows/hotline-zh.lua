-- The hotline in Chinese, for routes that choose the language by the flow.
local call = ...
call:set{ lang = "zh" }
return call:go("hotline")
