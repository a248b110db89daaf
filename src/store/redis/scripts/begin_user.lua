-- Begins the creation of a user, in place of one that began before. KEYS[6]: the creation under way.
-- ARGV: now, how long it may take. Answers with its number, or '0' for an id that is taken.
if redis.call('EXISTS', user, client) > 0 then return '0' end
local number = next_version(redis.call('GET', KEYS[6]))
redis.call('SET', KEYS[6], number, 'EX', ARGV[2])
return number
