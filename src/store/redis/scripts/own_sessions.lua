-- The subject's live sessions: tail and created_at, one after the other.
local found = {}
for _, member in ipairs(redis.call('ZRANGE', index, '(' .. ARGV[1], '+inf', 'BYSCORE')) do
  if string.sub(member, 1, 2) == 's:' then
    local tail = string.sub(member, 3)
    local created_at = redis.call('HGET', prefix .. 's:' .. tail, 'created_at')
    if created_at then
      found[#found + 1] = tail
      found[#found + 1] = created_at
    end
  end
end
return found
