-- Shared by every script about one subject. The first five keys and `now` are always these.
local index, user, ban, client, why = unpack(KEYS, 1, 5)
-- "jl:{U}:". Names are built from it only for what the index or a session names: the same slot.
local prefix = string.sub(index, 1, -2)
-- The service's clock, in Unix seconds: every life is counted from the same clock as `exp`.
local now = tonumber(ARGV[1])

-- The ban as it was written, while it lasts.
local function standing_ban()
  local text = redis.call('GET', ban)
  if not text then return false end
  local till = cjson.decode(text)['until']
  if till and till <= now then return false end
  return text
end

local function standing()
  return redis.call('HGETALL', user), standing_ban(), redis.call('EXISTS', client)
end
