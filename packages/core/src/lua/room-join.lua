-- Seats a session in a room, if the kind fits and a seat is free. Opens the room if there is none.
-- KEYS[1]  the room
-- ARGV     session id, owner ("pod epoch"), identity (JSON), kind, limit
-- returns  {"joined" | "already", the room's fields and values}, {"full"} or {"wrongKind", kind}
-- O(members): the answer holds them all.
local room = KEYS[1]
local session, owner, identity, kind, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local fixed = redis.call("HGET", room, "kind")
if fixed and fixed ~= kind then
  return { "wrongKind", fixed }
end

local seat = redis.call("HGET", room, session)
if seat then
  -- A repeated join, or one under the pod's new epoch: the seat, its place in the order, and the version stay.
  local since = string.match(seat, "^%S+ %S+ (%S+) ")
  redis.call("HSET", room, session, owner .. " " .. since .. " " .. identity)
  return { "already", redis.call("HGETALL", room) }
end

-- Two fields are no members: kind and version.
if fixed and redis.call("HLEN", room) - 2 >= limit then
  return { "full" }
end

local time = redis.call("TIME")
local now = string.format("%d%06d", time[1], time[2])
if fixed then
  redis.call("HINCRBY", room, "version", 1)
else
  -- Microseconds: higher than any version that a room of this name can have reached.
  redis.call("HSET", room, "kind", kind, "version", now)
end
redis.call("HSET", room, session, owner .. " " .. now .. " " .. identity)
return { "joined", redis.call("HGETALL", room) }
