-- Replaces the claim on a name, or frees the name ('' as the new one), if it still is the expected
-- one. KEYS: name. ARGV: expected, new.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
return 1
