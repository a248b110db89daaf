-- Redis' own clock in microseconds. Below 2^53, so a double holds it exactly; `%.0f` because Lua
-- would print it as 1.7e+15.
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function whole(number)
  return string.format('%.0f', number)
end

-- Never one that was there before, even if the clock was set back.
local function next_version(before)
  return whole(math.max(micros(), (tonumber(before) or 0) + 1))
end
