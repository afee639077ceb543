-- Takes a session's place in a MUC, of which its user may be in so many. A MUC counts once.
-- KEYS[1]  the user's places: "session rid" to owner
-- ARGV     session id, rid, owner ("pod epoch"), limit
-- returns  "taken", "already" or "full"
-- O(places of the user)
local places, session, rid, owner, limit = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local place = session .. " " .. rid

local held = redis.call("HEXISTS", places, place) == 1
if not held then
  local mucs, count = {}, 0
  for _, taken in ipairs(redis.call("HKEYS", places)) do
    local muc = string.match(taken, "^%S+ (.*)$")
    if not mucs[muc] then
      mucs[muc], count = true, count + 1
    end
  end
  if not mucs[rid] and count >= limit then
    return "full"
  end
end
redis.call("HSET", places, place, owner)
return held and "already" or "taken"
