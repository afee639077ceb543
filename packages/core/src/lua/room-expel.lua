-- Puts sessions out of a room, and bans a user from it. Closes the room behind the last.
-- KEYS[1]  the room
-- KEYS[2]  its bans: uid to end (ms)
-- KEYS[3]  who was put out: session id to version, end of the ban (ms, or 0), pod and reason
-- ARGV     deadline (ms), kind ("" for either), uid to ban ("" for nobody), length of the ban (ms), bans at most,
--          seconds to keep who was put out, reason, "all" or "some", and then those: session ids
-- returns  {"expelled", the room's fields and values, those of who was put out, end of the ban (ms, or 0)},
--          {"notThere"}, {"otherKind"}, {"tooManyBans"} or {"late"}
-- O(members + bans)
local room, bans, kind, uid, length = KEYS[1], KEYS[2], ARGV[2], ARGV[3], tonumber(ARGV[4])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then
  return { "late" }
end
local fixed = redis.call("HGET", room, "kind")
if fixed and kind ~= "" and fixed ~= kind then
  return { "otherKind" }
end
local ends = 0
if uid ~= "" then
  local known = redis.call("HGETALL", bans)
  for i = 1, #known, 2 do
    if tonumber(known[i + 1]) <= now then
      redis.call("HDEL", bans, known[i])
    end
  end
  if redis.call("HLEN", bans) >= tonumber(ARGV[5]) and redis.call("HEXISTS", bans, uid) == 0 then
    return { "tooManyBans" }
  end
  ends = now + length
  -- The key lasts as long as the longest of its bans.
  local lasts = math.max(redis.call("PTTL", bans), length)
  redis.call("HSET", bans, uid, string.format("%.0f", ends))
  redis.call("PEXPIRE", bans, lasts)
end
local out = {}
for _, session in ipairs(ARGV[8] == "all" and redis.call("HKEYS", room) or { unpack(ARGV, 9) }) do
  local seat = redis.call("HGET", room, session)
  -- Kind and version are no seats.
  if seat and string.match(seat, "^%S+ %d+ %d+ ") then
    redis.call("HDEL", room, session)
    table.insert(out, session)
    table.insert(out, seat)
  end
end
local version = #out > 0 and redis.call("HINCRBY", room, "version", 1)
for i = 1, #out, 2 do
  local mark = string.format("%.0f %.0f ", version, ends) .. string.match(out[i + 1], "^%S+") .. " " .. ARGV[7]
  redis.call("HSET", KEYS[3], out[i], mark)
  redis.call("EXPIRE", KEYS[3], ARGV[6])
end
local left = redis.call("HGETALL", room)
if #left == 4 + 2 * redis.call("HEXISTS", room, "locked") then
  redis.call("DEL", room)
end
return (#out > 0 or uid ~= "") and { "expelled", left, out, ends } or { "notThere" }
