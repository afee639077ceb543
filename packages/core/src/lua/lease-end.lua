-- Ends a lease or a claim under which nothing is held any more.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV     whose, deadline (ms)
-- returns  {"ended"} or {"late"}
-- O(log leases)
-- Late, a claim may be somebody else's by the same name.
local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[2]) then
  return { "late" }
end
redis.call("ZREM", KEYS[1], ARGV[1])
return { "ended" }
