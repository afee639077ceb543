-- Claims the owner of the lease, or of the claim, that lapsed first: whoever held it is given up for dead.
-- KEYS[1]  the leases: owner ("pod epoch"), or "reaping" and owner, to end (ms)
-- ARGV     margin (ms) for which a lease has to have lapsed, length of the claim (ms)
-- returns  {"claimed", owner, end of the claim, ms since the lapse} or {"none"}
-- O(log leases)
-- A claim whose answer was lost lapses as well, and the owner is claimed again.
local leases, margin, length = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local member, lapsed = unpack(redis.call("ZRANGE", leases, 0, 0, "WITHSCORES"))
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not member or now - tonumber(lapsed) <= margin then
  return { "none" }
end
local owner = string.match(member, "^reaping (%S+ %S+)$") or member
redis.call("ZREM", leases, member)
redis.call("ZADD", leases, now + length, "reaping " .. owner)
return { "claimed", owner, now + length, now - tonumber(lapsed) }
