-- Lists what a pod is about to hold under one epoch.
-- KEYS[1]  the holdings of the pod and epoch
-- ARGV     deadline (ms), holding (JSON)
-- returns  {"noted"} or {"late"}
-- O(1)
-- Late, nothing is listed: the list of an epoch that has been reaped does not come back.
local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end
redis.call("SADD", KEYS[1], ARGV[2])
return { "noted" }
