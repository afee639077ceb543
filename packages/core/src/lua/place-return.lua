-- Returns a session's place in a MUC, if the given owner holds it.
-- KEYS[1]  the user's places: "session rid" to owner
-- ARGV     deadline (ms), session id, rid, owner ("pod epoch")
-- returns  {"returned"}, also if it was not held, or {"late"}
-- O(1)
local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end

local place = ARGV[2] .. " " .. ARGV[3]
if redis.call("HGET", KEYS[1], place) == ARGV[4] then
  redis.call("HDEL", KEYS[1], place)
end
return { "returned" }
