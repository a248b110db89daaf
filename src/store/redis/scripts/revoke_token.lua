-- Ends one token, and what was exchanged for it where it has no session; its session lives on.
-- ARGV: now, cause, tail. KEYS[6]: token, KEYS[7]: its cause.
local left = redis.call('TTL', KEYS[6])
local doomed = {[ARGV[3]] = true}

-- What was exchanged for a token without a session is "t:<tail>::<its tail>", and may itself have
-- been exchanged.
local parents = {}
for _, member in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if string.sub(member, 1, 2) == 't:' and string.sub(member, 25, 26) == '::' then
    parents[string.sub(member, 3, 24)] = string.sub(member, 27)
  end
end
local more
repeat
  more = false
  for tail, parent in pairs(parents) do
    if doomed[parent] and not doomed[tail] then
      doomed[tail] = true
      more = true
    end
  end
until not more

-- The index lists every token; should it ever not, the token still ends.
local own = redis.call('DEL', KEYS[6])
local ended = finish(function(kind, tail) return kind == 't' and doomed[tail] end)
ended[2] = ended[2] + own
for tail in pairs(doomed) do explain(prefix .. 'r:' .. tail, ARGV[2], ended, now + left) end
return ended
