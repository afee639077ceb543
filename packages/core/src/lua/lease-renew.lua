-- Renews a lease or a claim, also one that has lapsed, as long as nobody else has taken it.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV     whose, length (ms), deadline (ms)
-- returns  {"held", end, now, the earliest end of another's, if there is one} or {"lost"}
-- O(log leases)
-- Late, it makes a lease longer than its owner knows. A claim has a deadline, since whoever claims the same
-- owner next bears the same name in the set.
local leases, member, length = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[3]) or not redis.call("ZSCORE", leases, member) then
  return { "lost" }
end
redis.call("ZADD", leases, now + length, member)
local first = redis.call("ZRANGE", leases, 0, 1, "WITHSCORES")
local earliest = first[first[1] == member and 4 or 2]
return { "held", now + length, now, earliest and tonumber(earliest) }
