-- Frees a session's seat in a room, if the given owner holds it. Closes the room behind the last.
-- KEYS[1]  the room
-- ARGV     deadline (ms), session id, owner ("pod epoch")
-- returns  {"left", the room's fields and values}, {"notAMember"} or {"late"}
-- O(members): the answer holds them all.
local room, session, owner = KEYS[1], ARGV[2], ARGV[3]

local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end

local seat = redis.call("HGET", room, session)
if not seat or string.sub(seat, 1, #owner + 1) ~= owner .. " " then
  return { "notAMember" }
end

redis.call("HDEL", room, session)
redis.call("HINCRBY", room, "version", 1)
local left = redis.call("HGETALL", room)
-- No members, each with its value: kind, version, and that it is locked.
if #left == 4 + 2 * redis.call("HEXISTS", room, "locked") then
  redis.call("DEL", room)
end
return { "left", left }
