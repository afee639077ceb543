-- Notes a session of a user, who may have so many. One that is noted already is never refused.
-- KEYS[1]  the user's sessions
-- ARGV     deadline (ms), session id, owner ("pod epoch"), protocol, limit (0 for none)
-- returns  {"first"} if it is the user's first session, else {"online"}, {"full"} or {"late"}
-- O(1)
local sessions, session, owner, protocol, limit = KEYS[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end

local held = redis.call("HGET", sessions, session)
if held then
  local pod, epoch = string.match(owner, "^(%S+) (%d+)$")
  local holding, newest = string.match(held, "^(%S+) (%d+) ")
  -- The pod has gone on under a newer epoch since it sent this.
  if holding == pod and tonumber(newest) > tonumber(epoch) then
    return { "late" }
  end
end

local count = redis.call("HLEN", sessions)
if not held and limit > 0 and count >= limit then
  return { "full" }
end
redis.call("HSET", sessions, session, owner .. " " .. protocol)
return { count == 0 and "first" or "online" }
