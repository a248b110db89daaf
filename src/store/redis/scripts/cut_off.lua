-- Imposes a cut-off. A later moment stands; neither it nor how long it is kept ever goes back. Those
-- that are kept no longer are removed, so the hash stays small.
-- KEYS: cut-offs. ARGV: now, name, moment, until.
local now, at, keep = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local last = keep
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local old = cjson.decode(all[i + 1])
  if all[i] == ARGV[2] then
    at, keep = math.max(at, old.at), math.max(keep, old['until'])
    last = math.max(last, keep)
  elseif old['until'] <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    last = math.max(last, old['until'])
  end
end
redis.call('HSET', KEYS[1], ARGV[2], cjson.encode({name = ARGV[2], at = at, ['until'] = keep}))
redis.call('EXPIREAT', KEYS[1], last)
return redis.status_reply('OK')
