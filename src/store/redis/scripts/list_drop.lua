-- Removes an entry that leads nowhere, unless it was written anew since it was read.
-- KEYS: list. ARGV: created_at, key.
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or -1) ~= tonumber(ARGV[1]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[2])
