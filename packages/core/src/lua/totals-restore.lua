-- Brings back the sum of pods that have gone to a Redis that has lost it, or a part of it.
-- KEYS[1]  the totals, as in totals-fold
-- ARGV     version, the sum (text), the pods that it holds, as far as they are remembered
-- returns  {"restored"} or {"newer"}
-- O(pods)
local totals, version, sum = KEYS[1], tonumber(ARGV[1]), ARGV[2]
if tonumber(redis.call("HGET", totals, "version") or "-1") >= version then
  return { "newer" }
end
local time = redis.call("TIME")
local now = string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000))
redis.call("HSET", totals, "folded", sum, "version", version)
for i = 3, #ARGV do
  redis.call("HDEL", totals, "pod " .. ARGV[i])
  redis.call("HSET", totals, "retired " .. ARGV[i], now)
end
return { "restored" }
