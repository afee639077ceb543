-- Adds what a pod has counted to what is kept of all that have gone, once.
-- KEYS[1]  the totals: "version" to how many were added; "folded" to their sum; "pod" and "retired" as in totals-note
-- ARGV     pod, number of its reading, version, the new sum (text), age (ms) that the reading must have
-- returns  {"folded"}, {"lost"} if anything has changed since it was read, or {"young"}
-- O(1)
local totals, pod, number, version, sum, age = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local kept = redis.call("HGET", totals, "pod " .. pod)
if not kept or redis.call("HGET", totals, "version") ~= version then
  return { "lost" }
end
local keptNumber, noted = string.match(kept, "^(%d+) %d (%d+) ")
if keptNumber ~= number then
  return { "lost" }
end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - tonumber(noted) < age then
  return { "young" }
end
redis.call("HDEL", totals, "pod " .. pod)
redis.call("HSET", totals, "folded", sum, "version", version + 1, "retired " .. pod, string.format("%.0f", now))
return { "folded" }
