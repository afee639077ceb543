-- Frees a session's seat in a room, if the given owner holds it. Closes the room behind the last.
-- KEYS[1]  the room
-- ARGV     session id, owner ("pod epoch")
-- returns  {"left", the room's fields and values} or {"notAMember"}
-- O(members): the answer holds them all.
local room, session, owner = KEYS[1], ARGV[1], ARGV[2]

local seat = redis.call("HGET", room, session)
if not seat or string.sub(seat, 1, #owner + 1) ~= owner .. " " then
  return { "notAMember" }
end

redis.call("HDEL", room, session)
redis.call("HINCRBY", room, "version", 1)
local left = redis.call("HGETALL", room)
-- Two fields, kind and version, are no members.
if #left == 4 then
  redis.call("DEL", room)
end
return { "left", left }
