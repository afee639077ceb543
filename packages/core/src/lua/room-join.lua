-- Seats a session in a room, if the kind fits, nothing keeps it out and a seat is free. Opens the room if there is none.
-- KEYS[1]  the room
-- KEYS[2]  its bans: uid to end (ms)
-- KEYS[3]  who was put out: session id to version, end of the ban (ms, or 0), pod and reason
-- ARGV     deadline (ms), session id, owner ("pod epoch"), identity (JSON), kind, limit, uid, 1 to be seated again, else 0
-- returns  {"joined" | "already", the room's fields and values}, {"full"}, {"late"}, {"locked"}, {"banned", end (ms)},
--          {"putOut", what is kept of that} or {"wrongKind", kind, 1 if the owner holds a seat for the session, else 0}
-- O(members): the answer holds them all.
local room, session, owner = KEYS[1], ARGV[2], ARGV[3]
local identity, kind, limit, again = ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[8] == "1"
local time = redis.call("TIME")
local ms = time[1] * 1000 + time[2] / 1000
if ms > tonumber(ARGV[1]) then
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
local put_out = again and redis.call("HGET", KEYS[3], session)
local banned = redis.call("HGET", KEYS[2], ARGV[7])
if put_out or (banned and tonumber(banned) > ms) then
  return put_out and { "putOut", put_out } or { "banned", banned }
end
-- No members: kind, version, and that it is locked.
local locked = redis.call("HEXISTS", room, "locked")
if (locked == 1 and not again) or (fixed and redis.call("HLEN", room) - 2 - locked >= limit) then
  return { locked == 1 and not again and "locked" or "full" }
end
redis.call("HDEL", KEYS[3], session)
if fixed then
  redis.call("HINCRBY", room, "version", 1)
else
  redis.call("HSET", room, "kind", kind, "version", now)
end
redis.call("HSET", room, session, owner .. " " .. now .. " " .. identity)
return { "joined", redis.call("HGETALL", room) }
