-- Bans a subject and ends all that it has. ARGV: now, cause, the ban, seconds ('' for no end).
-- From here on every recording script refuses, so nothing can slip in behind.
local ended, last = finish(everything)
if ARGV[4] == '' then
  redis.call('SET', ban, ARGV[3])
elseif tonumber(ARGV[4]) > 0 then
  redis.call('SET', ban, ARGV[3], 'EX', ARGV[4])
else
  redis.call('DEL', ban)
end
explain(why, ARGV[2], ended, last)
return ended
