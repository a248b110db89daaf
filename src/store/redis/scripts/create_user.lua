-- Creates a user. ARGV: now, then fields and values. Answers with the version, or with the name of
-- the user who has the id already ('' when a client has it).
if redis.call('EXISTS', user) == 1 then
  return {'conflict', redis.call('HGET', user, 'username') or ''}
end
if redis.call('EXISTS', client) == 1 then return {'conflict', ''} end
local version = next_version(0)
redis.call('HSET', user, 'version', version, unpack(ARGV, 2))
return {'ok', version}
