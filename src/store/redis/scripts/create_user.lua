-- Creates a user, if its creation is still the one under way. KEYS[6]: the creation under way.
-- ARGV: now, the creation's number, then fields and values.
-- Answers with the version, or '0' for a conflict.
if redis.call('GET', KEYS[6]) ~= ARGV[2] then return '0' end
redis.call('DEL', KEYS[6])
if redis.call('EXISTS', user, client) > 0 then return '0' end
local version = next_version(0)
redis.call('HSET', user, 'version', version, unpack(ARGV, 3))
return version
