-- Keeps what is true of the whole store: the schema's version and the most replicas ever seen.
-- KEYS: meta. ARGV: schema, replicas now. Answers with both as they stand.
redis.call('HSETNX', KEYS[1], 'schema', ARGV[1])
local seen = tonumber(redis.call('HGET', KEYS[1], 'replicas') or 0)
if tonumber(ARGV[2]) > seen then
  redis.call('HSET', KEYS[1], 'replicas', ARGV[2])
end
return {redis.call('HGET', KEYS[1], 'schema'), math.max(seen, ARGV[2])}
