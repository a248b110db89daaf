-- Changes a user, sets a new version, and ends what the change ends, in one step: what was read
-- before is stale from here on, and what was recorded before is gone.
-- ARGV: now, cause, what ends ('all', 'tokens' or 'nothing'), then fields and values.
local before = redis.call('HGET', user, 'version')
if not before then return false end
local ended, last = {0, 0, {}}, 0
if ARGV[3] == 'all' then
  ended, last = finish(everything)
elseif ARGV[3] == 'tokens' then
  ended, last = finish(function(kind) return kind == 't' end)
end
redis.call('HSET', user, 'version', next_version(before), unpack(ARGV, 4))
explain(why, ARGV[2], ended, last)
return {redis.call('HGETALL', user), ended}
