-- Ends every session but one, with their tokens; tokens without a session live on.
-- ARGV: now, cause, the tail of the session that stays.
local sid = ARGV[3]
local ended, last = finish(function(kind, tail, owner)
  if kind == 's' then return tail ~= sid end
  return #owner == #sid and owner ~= sid
end)
for _, tail in ipairs(ended[3]) do
  explain(prefix .. 'r:' .. tail, ARGV[2], ended, last)
end
return ended
