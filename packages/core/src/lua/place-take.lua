-- Takes a session's place in a MUC, of which its user may be in so many. A MUC counts once.
-- KEYS[1]  the user's places: "session rid" to owner
-- ARGV     deadline (ms), session id, rid, owner ("pod epoch"), limit
-- returns  {"taken"}, {"already"}, {"full"} or {"late"}
-- O(places of the user)
local places, session, rid, owner, limit = KEYS[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local place = session .. " " .. rid

local time = redis.call("TIME")
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[1]) then
  return { "late" }
end

local holder = redis.call("HGET", places, place)
if holder then
  local pod, epoch = string.match(owner, "^(%S+) (%d+)$")
  local holding, newest = string.match(holder, "^(%S+) (%d+)$")
  -- The pod has gone on under a newer epoch since it sent this.
  if holding == pod and tonumber(newest) > tonumber(epoch) then
    return { "late" }
  end
  redis.call("HSET", places, place, owner)
  return { "already" }
end

local mucs, count = {}, 0
for _, taken in ipairs(redis.call("HKEYS", places)) do
  local muc = string.match(taken, "^%S+ (.*)$")
  if muc and not mucs[muc] then
    mucs[muc], count = true, count + 1
  end
end
if not mucs[rid] and count >= limit then
  return { "full" }
end
redis.call("HSET", places, place, owner)
return { "taken" }
