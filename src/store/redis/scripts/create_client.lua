-- Creates a client. ARGV: now, record. Answers with the version, or '0' for a conflict.
if redis.call('EXISTS', client, user) > 0 then return '0' end
-- A client and a subject with sessions never share an id.
for _, member in ipairs(redis.call('ZRANGE', index, '(' .. ARGV[1], '+inf', 'BYSCORE')) do
  if string.sub(member, 1, 2) == 's:' then return '0' end
end
local version = next_version(0)
redis.call('HSET', client, 'record', ARGV[2], 'version', version)
return version
