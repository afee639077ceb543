-- Reads all totals, and the time by which their ages are counted.
-- KEYS[1]  the totals
-- ARGV     how long all is kept (ms) from now on
-- returns  {now (ms), fields and values by turns}
-- O(pods)
-- Also says that somebody adds up: from now on pods hand over what they have counted.
local totals = KEYS[1]
if redis.call("HEXISTS", totals, "version") == 0 then
  redis.call("HSET", totals, "version", 0)
end
redis.call("PEXPIRE", totals, ARGV[1])
local time = redis.call("TIME")
return { time[1] * 1000 + math.floor(time[2] / 1000), redis.call("HGETALL", totals) }
