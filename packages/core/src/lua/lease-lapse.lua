-- Lets an epoch of a pod be reaped, now that the pod holds all it has under a later one.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV     owner, the latest deadline (ms) that any write in its name has been given
-- returns  {"lapsing"}, or {"reaping"} if somebody is at it
-- O(log leases)
-- Also one whose lease is gone: a Redis that lost it may have been written to in its name before the pod knew.
-- Late or twice, it has an owner reaped who holds nothing any more.
local leases, owner, deadline = KEYS[1], ARGV[1], tonumber(ARGV[2])
if redis.call("ZSCORE", leases, "reaping " .. owner) then
  return { "reaping" }
end
redis.call("ZADD", leases, deadline, owner)
return { "lapsing" }
