-- Ends all sessions and tokens of a subject. ARGV: now, cause.
local ended, last = finish(everything)
explain(why, ARGV[2], ended, last)
return ended
