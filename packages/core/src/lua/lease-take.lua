-- Takes the first lease for a new epoch of a pod.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV     owner, length (ms)
-- returns  {"held", end} or {"inUse"}
-- O(log leases)
-- An earlier process of that name may not have been reaped yet. A lease whose answer was lost is in use as
-- well: nobody renews it, and so it lapses.
local leases, owner, length = KEYS[1], ARGV[1], tonumber(ARGV[2])
if redis.call("ZSCORE", leases, owner) or redis.call("ZSCORE", leases, "reaping " .. owner) then
  return { "inUse" }
end
local time = redis.call("TIME")
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + length
redis.call("ZADD", leases, ends, owner)
return { "held", ends }
