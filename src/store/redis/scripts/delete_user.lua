-- Deletes a user and ends all that it has. ARGV: now, cause.
if redis.call('DEL', user) == 0 then return false end
local ended, last = finish(everything)
explain(why, ARGV[2], ended, last)
return ended
