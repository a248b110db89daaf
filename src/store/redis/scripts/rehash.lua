-- Replaces a password's hash by another of the same password. KEYS: user. ARGV: version, hash.
-- A version that has changed since belongs to another password, or to nobody.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'password_hash', ARGV[2])
return 1
