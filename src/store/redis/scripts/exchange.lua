-- Records a token that was exchanged for another one, if that one and its session are alive.
-- KEYS[6]: token, KEYS[7]: the other one, KEYS[8]: its session, if it has one.
-- ARGV: now, version, needs a client, token member, what is recorded for it, exp, and for
-- the other one.
local exp = tonumber(ARGV[6])

local no = refusal(ARGV[2], ARGV[3])
if no then return no end
if redis.call('GET', KEYS[7]) ~= ARGV[7] then return {'gone'} end
if KEYS[8] then
  local ends = redis.call('HGET', KEYS[8], 'expires_at')
  if not ends or tonumber(ends) <= now then return {'gone'} end
end
if crowded(1) then return {'crowded'} end
if not record(KEYS[6], ARGV[5], exp, ARGV[4]) then return {'collision'} end
return {'ok'}
