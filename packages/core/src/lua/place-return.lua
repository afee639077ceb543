-- Returns a session's place in a MUC, if the given owner holds it.
-- KEYS[1]  the user's places: "session rid" to owner
-- ARGV     session id, rid, owner ("pod epoch")
-- returns  1 if it was held, else 0
-- O(1)
local place = ARGV[1] .. " " .. ARGV[2]
if redis.call("HGET", KEYS[1], place) ~= ARGV[3] then
  return 0
end
return redis.call("HDEL", KEYS[1], place)
