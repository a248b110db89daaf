-- Notes a repeat of a refresh token: 1 for the first one of this counter, 0 after that.
-- KEYS: session. ARGV: the counter. (HSET on a missing key would make a session without an end.)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[1], 'repeat_noted') == ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'repeat_noted', ARGV[1])
return 1
