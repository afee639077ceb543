-- Notes a session of a user.
-- KEYS[1]  the user's sessions
-- ARGV     session id, owner ("pod epoch"), protocol
-- returns  1 if it is the user's first session, else 0
-- O(1)
local first = redis.call("EXISTS", KEYS[1]) == 0
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2] .. " " .. ARGV[3])
return first and 1 or 0
