-- Replaces a client that has not changed since it was read. ARGV: now, record, version.
-- Answers with the version, or '0' for a conflict.
if redis.call('HGET', client, 'version') ~= ARGV[3] then return '0' end
local version = next_version(ARGV[3])
redis.call('HSET', client, 'record', ARGV[2], 'version', version)
return version
