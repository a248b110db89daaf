-- A part of a list, newest first: keys and scores, one after the other.
-- KEYS: list. ARGV: at most, then the score and key that it starts after, if any.

-- In bytes, as sorted sets are: Lua's `<` follows the server's locale.
local function follows(one, other)
  for at = 1, math.min(#one, #other) do
    local a, b = string.byte(one, at), string.byte(other, at)
    if a ~= b then return a < b end
  end
  return #one < #other
end

-- The place is searched by halves: any number of entries may share the second.
local from, to = 0, 0
if ARGV[2] then to = redis.call('ZCARD', KEYS[1]) end
while from < to do
  local middle = math.floor((from + to) / 2)
  local entry = redis.call('ZRANGE', KEYS[1], middle, middle, 'REV', 'WITHSCORES')
  local score, limit = tonumber(entry[2]), tonumber(ARGV[2])
  if score < limit or (score == limit and follows(entry[1], ARGV[3])) then
    to = middle
  else
    from = middle + 1
  end
end
return redis.call('ZRANGE', KEYS[1], from, from + ARGV[1] - 1, 'REV', 'WITHSCORES')
