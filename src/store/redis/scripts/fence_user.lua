-- Makes a claim on a name worthless, unless its user is there: the creation that made it writes no
-- user any more. KEYS[6]: the creation under way. ARGV: now, the creation's number, the name.
-- Answers with 0 if the user is there.
if redis.call('HGET', user, 'username') == ARGV[3] then return 0 end
if redis.call('GET', KEYS[6]) == ARGV[2] then redis.call('DEL', KEYS[6]) end
return 1
