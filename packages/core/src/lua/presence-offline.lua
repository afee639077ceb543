-- Forgets a session of a user, if the given owner holds it.
-- KEYS[1]  the user's sessions
-- ARGV     deadline (ms), session id, owner ("pod epoch")
-- returns  {"last"} if it was the user's last session, else {"offline"}, or {"late"}
-- O(1)
local sessions, session, owner = KEYS[1], ARGV[2], ARGV[3]

local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end

local held = redis.call("HGET", sessions, session)
if not held or string.sub(held, 1, #owner + 1) ~= owner .. " " then
  return { "offline" }
end
redis.call("HDEL", sessions, session)
return { redis.call("EXISTS", sessions) == 0 and "last" or "offline" }
