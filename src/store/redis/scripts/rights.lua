-- Which of these commands this user may not run on one of these keys; runs none of them. The keys
-- are arguments: declared ones would be refused before this could say which.
-- ARGV: how many commands, the commands, the keys.
local count = tonumber(ARGV[1])
local refused = {}
for command = 2, count + 1 do
  for key = count + 2, #ARGV do
    if not redis.acl_check_cmd(ARGV[command], ARGV[key]) then
      refused[#refused + 1] = ARGV[command]
      break
    end
  end
end
return refused
