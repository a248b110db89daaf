-- Records a token that has no session.
-- ARGV: now, version, needs a client, token member, what is recorded for it, exp.
local exp = tonumber(ARGV[6])

local no = refusal(ARGV[2], ARGV[3])
if no then return no end
if crowded(1) then return {'crowded'} end
if not record(KEYS[6], ARGV[5], exp, ARGV[4]) then return {'collision'} end
return {'ok'}
