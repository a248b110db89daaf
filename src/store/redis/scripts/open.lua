-- Opens a session with its first access token, and ends the oldest of its audience if there would be
-- too many. Answers with the tails of those.
-- ARGV: now, version, needs a client, token member, what is recorded for it, exp, session member, expires_at,
-- at most so many sessions (0: no limit), why the oldest end, the audience, then the session's
-- fields and values.
local token, session = KEYS[6], KEYS[7]
local exp, expires_at, most = tonumber(ARGV[6]), tonumber(ARGV[8]), tonumber(ARGV[9])

-- The subject's live sessions in this audience, oldest first; of one second, the one that was used
-- longest ago is the oldest.
local function in_audience()
  local found = {}
  for _, member in ipairs(redis.call('ZRANGE', index, '(' .. ARGV[1], '+inf', 'BYSCORE')) do
    if string.sub(member, 1, 2) == 's:' then
      local tail = string.sub(member, 3)
      local audience, created_at, advanced_at = unpack(
        redis.call('HMGET', prefix .. 's:' .. tail, 'audience', 'created_at', 'advanced_at'))
      if audience == ARGV[11] then
        found[#found + 1] = {tail, tonumber(created_at), tonumber(advanced_at)}
      end
    end
  end
  table.sort(found, function(one, other)
    if one[2] ~= other[2] then return one[2] < other[2] end
    return one[3] < other[3]
  end)
  return found
end

-- Ends the oldest, so that there is room for one more.
local function make_room()
  local found, oldest = in_audience(), {}
  for at = 1, #found - most + 1 do oldest[found[at][1]] = true end
  if not next(oldest) then return {} end
  local ended, last = finish(function(kind, tail, owner)
    return oldest[kind == 's' and tail or owner]
  end)
  for tail in pairs(oldest) do explain(prefix .. 'r:' .. tail, ARGV[10], ended, last) end
  return ended[3]
end

local no = refusal(ARGV[2], ARGV[3])
if no then return no end
-- A client and a subject with sessions never share an id.
if redis.call('EXISTS', client) == 1 then return {'is_client'} end
-- Over before it began: dead, as it should be.
if expires_at <= now then return {'ok'} end
if redis.call('EXISTS', session) == 1 then return {'collision'} end
if crowded(2) then return {'crowded'} end
if not record(token, ARGV[5], exp, ARGV[4]) then return {'collision'} end

-- Nothing refuses any more: only now may something end.
local ended = most > 0 and make_room() or {}
redis.call('HSET', session, 'advanced_at', whole(math.floor(micros() / 1000)), unpack(ARGV, 12))
redis.call('EXPIRE', session, expires_at - now)
enlist(ARGV[7], expires_at)
-- Not by `unpack`, which is limited by Lua's stack.
table.insert(ended, 1, 'ok')
return ended
