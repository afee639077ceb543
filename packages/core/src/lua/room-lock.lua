-- Locks a room, or unlocks it. The lock goes with the room.
-- KEYS[1]  the room
-- ARGV     deadline (ms), kind ("" for either), 1 to lock, 0 to unlock
-- returns  {"done"}, {"notThere"}, {"otherKind"} or {"late"}
-- O(1)
local room, kind = KEYS[1], ARGV[2]
local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end
local fixed = redis.call("HGET", room, "kind")
if not fixed then
  return { "notThere" }
end
if kind ~= "" and fixed ~= kind then
  return { "otherKind" }
end
if ARGV[3] == "1" then
  redis.call("HSET", room, "locked", 1)
else
  redis.call("HDEL", room, "locked")
end
return { "done" }
