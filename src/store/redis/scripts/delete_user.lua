-- Deletes a user and ends all that it has; a creation under way writes none any more.
-- KEYS[6]: the creation under way. ARGV: now, cause.
redis.call('DEL', KEYS[6])
if redis.call('DEL', user) == 0 then return false end
local ended, last = finish(everything)
explain(why, ARGV[2], ended, last)
return ended
