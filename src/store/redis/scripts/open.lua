-- Opens a session with its first access token.
-- ARGV: now, version, needs a client, token member, digest, exp, session member, expires_at,
-- then the session's fields and values.
local token, session = KEYS[6], KEYS[7]
local exp, expires_at = tonumber(ARGV[6]), tonumber(ARGV[8])

local no = refusal(ARGV[2], ARGV[3])
if no then return no end
-- A client and a subject with sessions never share an id.
if redis.call('EXISTS', client) == 1 then return {'is_client'} end
-- Over before it began: dead, as it should be.
if expires_at <= now then return {'ok'} end
if redis.call('EXISTS', session) == 1 then return {'collision'} end
if crowded(2) then return {'crowded'} end
if not record(token, ARGV[5], exp, ARGV[4]) then return {'collision'} end

redis.call('HSET', session, 'advanced_at', whole(math.floor(micros() / 1000)), unpack(ARGV, 9))
redis.call('EXPIRE', session, expires_at - now)
enlist(ARGV[7], expires_at)
return {'ok'}
