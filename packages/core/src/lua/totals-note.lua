-- Keeps what a pod has counted, unless something newer of it is kept, or it has been added to the rest.
-- KEYS[1]  the totals: "pod" and id to number, whether it is the last (0, 1), when (ms) and text; "retired" and id to when
-- ARGV     pod, number of the reading, whether it is the last (0, 1), text, and for those who add up: how long all is kept (ms)
-- returns  {"noted"}, {"newer"}, {"retired"}, or {"nobody"} where nobody adds up
-- O(1)
local totals, pod, number, last, text, length = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not length and redis.call("EXISTS", totals) == 0 then
  return { "nobody" }
end
if redis.call("HEXISTS", totals, "retired " .. pod) == 1 then
  return { "retired" }
end
local kept = redis.call("HGET", totals, "pod " .. pod)
if kept then
  local keptNumber, keptLast = string.match(kept, "^(%d+) (%d) ")
  if keptLast == "1" or tonumber(keptNumber) >= tonumber(number) then
    return { "newer" }
  end
end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("HSET", totals, "pod " .. pod, string.format("%s %s %.0f %s", number, last, now, text))
if length then
  redis.call("PEXPIRE", totals, length)
end
return { "noted" }
