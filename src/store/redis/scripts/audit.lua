-- Appends to the audit. KEYS: stream. ARGV: at most, event.
return redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[1], '*', 'event', ARGV[2])
