-- Shared by the scripts that record. They carry no `allow-oom`: a full Redis refuses them whole.

local MOST = 10000
-- Instances' clocks differ a little. An entry stays in the index this much longer than it lives by
-- ours, so that no token outlives the entry by which a ban finds it.
local SLACK = 60

-- Why nothing may be recorded now, or nil.
local function refusal(version, needs_client)
  local text = standing_ban()
  if text then return {'banned', text} end
  local disabled, current = unpack(redis.call('HMGET', user, 'disabled', 'version'))
  if disabled == '1' then return {'disabled'} end
  if (current or '0') ~= version then return {'stale'} end
  if needs_client == '1' and redis.call('EXISTS', client) == 0 then return {'stale'} end
end

local function crowded(more)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now - SLACK)
  return redis.call('ZCOUNT', index, '(' .. ARGV[1], '+inf') + more > MOST
end

local function enlist(member, ends)
  redis.call('ZADD', index, ends, member)
  local life = ends - now + SLACK
  -- Only rises: the index must outlive all that it lists. (`EXPIRE … GT` sets none where none is.)
  if redis.call('TTL', index) < life then redis.call('EXPIRE', index, life) end
end

-- Records a token; false if the id is taken. One that is over already is as dead as it should be.
local function record(token, recorded, exp, member)
  if exp <= now then return true end
  if not redis.call('SET', token, recorded, 'NX', 'EX', exp - now) then return false end
  enlist(member, exp)
  return true
end
