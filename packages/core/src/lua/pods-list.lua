-- Lists all leases, and the time by which they end.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV
-- returns  {now (ms), members and ends by turns}
-- O(leases)
local time = redis.call("TIME")
return { time[1] * 1000 + math.floor(time[2] / 1000), redis.call("ZRANGE", KEYS[1], 0, -1, "WITHSCORES") }
