-- Advances a session's refresh counter and records the new access token.
-- ARGV: now, version, needs a client, token member, what is recorded for it, exp, session member,
-- expires_at, expected counter, new counter, access token's tail, its iat, last seen, has an address,
-- the address, the digest of what is recorded.
-- Answers with created_at too, for the list by address.
local token, session = KEYS[6], KEYS[7]
local exp, expires_at = tonumber(ARGV[6]), tonumber(ARGV[8])

local no = refusal(ARGV[2], ARGV[3])
if no then return no end
local ends, counter, created_at =
  unpack(redis.call('HMGET', session, 'expires_at', 'counter', 'created_at'))
if not ends or tonumber(ends) <= now then return {'gone'} end
if counter ~= ARGV[9] then return {'lost'} end
if crowded(1) then return {'crowded'} end
if not record(token, ARGV[5], exp, ARGV[4]) then return {'collision'} end

redis.call('HSET', session, 'access_jti', ARGV[11], 'access_digest', ARGV[16],
  'access_iat', ARGV[12], 'access_exp', ARGV[6])
-- The same counter is a repeat whose access token is gone: nothing else is extended.
if ARGV[10] ~= ARGV[9] then
  redis.call('HSET', session, 'counter', ARGV[10], 'expires_at', ARGV[8],
    'last_seen_at', ARGV[13], 'advanced_at', whole(math.floor(micros() / 1000)))
  if ARGV[14] == '1' then
    redis.call('HSET', session, 'ip', ARGV[15])
  else
    redis.call('HDEL', session, 'ip')
  end
  redis.call('EXPIRE', session, expires_at - now)
  enlist(ARGV[7], expires_at)
end
return {'ok', created_at}
