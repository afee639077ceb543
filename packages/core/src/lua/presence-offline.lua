-- Forgets a session of a user, if the given owner holds it.
-- KEYS[1]  the user's sessions
-- ARGV     session id, owner ("pod epoch")
-- returns  1 if it was the user's last session, else 0
-- O(1)
local held = redis.call("HGET", KEYS[1], ARGV[1])
if not held or string.sub(held, 1, #ARGV[2] + 1) ~= ARGV[2] .. " " then
  return 0
end
redis.call("HDEL", KEYS[1], ARGV[1])
return redis.call("EXISTS", KEYS[1]) == 0 and 1 or 0
