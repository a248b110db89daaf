-- Ends one session with its tokens. ARGV: now, cause, tail. KEYS[6]: session, KEYS[7]: its cause.
local sid = ARGV[3]
local ended, last = finish(function(kind, tail, owner)
  if kind == 's' then return tail == sid end
  return owner == sid
end)
-- The index lists every session; should it ever not, the session still ends.
ended[1] = ended[1] + redis.call('DEL', KEYS[6])
explain(KEYS[7], ARGV[2], ended, last)
return ended
