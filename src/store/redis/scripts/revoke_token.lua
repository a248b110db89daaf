-- Ends one token; its session lives on. ARGV: now, cause, tail. KEYS[6]: token, KEYS[7]: its cause.
local tail = ARGV[3]
local left = redis.call('TTL', KEYS[6])
local ended = {0, redis.call('DEL', KEYS[6]), {}}
-- Without a session the member is known; with one the index has to be searched.
if redis.call('ZREM', index, 't:' .. tail .. ':') == 0 then
  finish(function(kind, name) return kind == 't' and name == tail end)
end
explain(KEYS[7], ARGV[2], ended, now + left)
return ended
