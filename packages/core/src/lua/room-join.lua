-- Seats a session in a room, if the kind fits and a seat is free. Opens the room if there is none.
-- KEYS[1]  the room
-- ARGV     deadline (ms), session id, owner ("pod epoch"), identity (JSON), kind, limit
-- returns  {"joined" | "already", the room's fields and values}, {"full"}, {"late"}
--          or {"wrongKind", kind, 1 if the owner holds a seat for the session, else 0}
-- O(members): the answer holds them all.
local room, session, owner = KEYS[1], ARGV[2], ARGV[3]
local identity, kind, limit = ARGV[4], ARGV[5], tonumber(ARGV[6])

local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end
-- Microseconds: higher than any version that a room of this name can have reached.
local now = string.format("%d%06d", time[1], time[2])

local seat = redis.call("HGET", room, session)
local own = seat and string.sub(seat, 1, #owner + 1) == owner .. " "
local fixed = redis.call("HGET", room, "kind")
if fixed and fixed ~= kind then
  return { "wrongKind", fixed, own and 1 or 0 }
end

if seat and not own then
  local pod, epoch = string.match(owner, "^(%S+) (%d+)$")
  local holding, newest, since = string.match(seat, "^(%S+) (%d+) (%d+) ")
  -- The pod has gone on under a newer epoch since it sent this.
  if holding == pod and tonumber(newest) > tonumber(epoch) then
    return { "late" }
  end
  -- The seat keeps its place in the order, unless it is damaged. A fail-over may have lost changes: whoever knows of them sees a gap.
  local version = math.max(tonumber(redis.call("HGET", room, "version")) + 1, tonumber(now))
  redis.call("HSET", room, session, owner .. " " .. (since or now) .. " " .. identity)
  redis.call("HSET", room, "version", string.format("%.0f", version))
end
if seat then
  return { "already", redis.call("HGETALL", room) }
end

-- Two fields are no members: kind and version.
if fixed and redis.call("HLEN", room) - 2 >= limit then
  return { "full" }
end
if fixed then
  redis.call("HINCRBY", room, "version", 1)
else
  redis.call("HSET", room, "kind", kind, "version", now)
end
redis.call("HSET", room, session, owner .. " " .. now .. " " .. identity)
return { "joined", redis.call("HGETALL", room) }
