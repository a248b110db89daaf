-- A session and all that a decision about it needs, read in one step: user, ban, client, the
-- session's fields, what is recorded under its last access token, and the time in milliseconds.
local fields = redis.call('HGETALL', KEYS[6])
local tail = redis.call('HGET', KEYS[6], 'access_jti')
local recorded = tail and redis.call('GET', prefix .. 't:' .. tail)
local record, banned, is_client = standing()
return {record, banned, is_client, fields, recorded, whole(math.floor(micros() / 1000))}
