-- Shared by the scripts that end things. They may run when Redis is full (`allow-oom`), so they
-- delete before they write.

local function in_chunks(command, first, names)
  local count = 0
  -- `unpack` is limited by Lua's stack.
  for from = 1, #names, 1000 do
    local part = {unpack(names, from, math.min(from + 999, #names))}
    if first then table.insert(part, 1, first) end
    count = count + redis.call(command, unpack(part))
  end
  return count
end

-- The opaque tokens that ended: tail and end, one after the other.
local opaque = {}

-- Ends what `chosen(kind, tail, owner)` picks from the index, and counts what was still alive.
-- Members are "s:<sid tail>", "t:<jti tail>:<sid tail or nothing>" and, exchanged for a token
-- without a session, "t:<jti tail>::<that one's tail>", whose owner is ":<that one's tail>". The index is read here and
-- not by the caller, so that nothing can be recorded between the reading and the deleting.
local function finish(chosen)
  local sessions, tokens, members, tails, last = {}, {}, {}, {}, 0
  local all = redis.call('ZRANGE', index, 0, -1, 'WITHSCORES')
  for at = 1, #all, 2 do
    local member, ends = all[at], tonumber(all[at + 1])
    local kind, tail = string.sub(member, 1, 1), string.sub(member, 3, 24)
    if chosen(kind, tail, string.sub(member, 26)) then
      members[#members + 1] = member
      last = math.max(last, ends)
      if kind == 's' then
        sessions[#sessions + 1] = prefix .. 's:' .. tail
        tails[#tails + 1] = tail
      else
        local token = prefix .. 't:' .. tail
        tokens[#tokens + 1] = token
        -- Whatever stands there, it ends: something else is an error, and no object.
        if redis.pcall('GETRANGE', token, 0, 0) == '{' then
          opaque[#opaque + 1] = tail
          opaque[#opaque + 1] = ends
        end
      end
    end
  end
  local ended = {in_chunks('DEL', nil, sessions), in_chunks('DEL', nil, tokens), tails}
  in_chunks('ZREM', index, members)
  return ended, last
end

-- Keeps why, until the last thing that it ended would have expired; that only rises. A repeat that
-- ends nothing leaves the first answer as it is. An opaque token's session and age go with its key, so
-- why it ended is kept for each by itself.
local function explain(name, cause, ended, last)
  for at = 1, #opaque, 2 do
    local left = opaque[at + 1] - now
    if left > 0 then redis.call('SET', prefix .. 'r:' .. opaque[at], cause, 'EX', left) end
  end
  opaque = {}
  if ended[1] + ended[2] == 0 or last <= now then return end
  redis.call('SET', name, cause, 'EX', math.max(last - now, redis.call('TTL', name)))
end

local function everything() return true end
