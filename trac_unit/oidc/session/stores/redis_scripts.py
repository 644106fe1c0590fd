"""What the Redis store does in one piece, in the language of the server: Lua.

A session is a hash that expires by itself.  Its field ``indexes`` names the
sorted sets that hold its id, scored with the time of the sign-in: that of
everybody, that of the person, and so on.  What expired by itself stays in
them until somebody comes across it.
"""

# Redis takes as many values at once as Lua's stack does; a sweep must not be felt either.
_SWEEP = 50

#: KEYS: the session, its indexes.
#: ARGV: the prefix of all keys, the id, milliseconds that the session and the indexes last,
#: when it was created, the time before which nothing lives, names and values of the fields.
#: Returns whether there was none yet.
ADD = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HMSET', KEYS[1], unpack(ARGV, 7))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
for i = 2, #KEYS do
  local old = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', ARGV[6], 'LIMIT', 0, %d)
  if #old > 0 then
    redis.call('ZREM', KEYS[i], unpack(old))
  end
  redis.call('ZADD', KEYS[i], ARGV[5], ARGV[2])
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
return 1
""" % _SWEEP

#: KEYS: the session.  ARGV: when it was seen, milliseconds that it lasts.
TOUCH = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'seen', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
"""

#: KEYS: the session, its new indexes.
#: ARGV: the prefix, the id, milliseconds that the indexes last, names and values of the fields.
#: Returns whether it was there.
UPDATE = """
local found = redis.call('HMGET', KEYS[1], 'indexes', 'created')
if not found[1] then
  return 0
end
redis.call('HDEL', KEYS[1], 'sid')
redis.call('HMSET', KEYS[1], unpack(ARGV, 4))
for name in string.gmatch(found[1], '%S+') do
  redis.call('ZREM', ARGV[1] .. name, ARGV[2])
end
for i = 2, #KEYS do
  redis.call('ZADD', KEYS[i], found[2], ARGV[2])
  redis.call('PEXPIRE', KEYS[i], ARGV[3])
end
return 1
"""

#: KEYS: none or an index.
#: ARGV: the prefix of all keys, that of sessions, an index that a session must be in as well
#: or '', and the ids where there is no index.
#: Returns how many sessions ended.
END = """
local ids = KEYS[1] and redis.call('ZRANGE', KEYS[1], 0, -1) or {unpack(ARGV, 4)}
local ended = 0
for _, id in ipairs(ids) do
  local names = redis.call('HGET', ARGV[2] .. id, 'indexes')
  if not names then
    if KEYS[1] then
      redis.call('ZREM', KEYS[1], id)
    end
    redis.call('DEL', ARGV[2] .. id)
  elseif ARGV[3] == '' or string.find(names, ARGV[3], 1, true) then
    ended = ended + redis.call('DEL', ARGV[2] .. id)
    for name in string.gmatch(names, '%S+') do
      redis.call('ZREM', ARGV[1] .. name, id)
    end
  end
end
return ended
"""

#: KEYS: the memory.  ARGV: now, when it expires, milliseconds until then.
#: Returns whether this is the first time.
ONCE = """
local expires = redis.call('GET', KEYS[1])
if expires and tonumber(expires) > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""

#: KEYS: the list of keys.
#: ARGV: the first of them as it was seen, or ''; a new one, or ''; milliseconds that the list
#: lasts; those to remove.  Returns the list.
KEYS = """
if (redis.call('LINDEX', KEYS[1], 0) or '') == ARGV[1] then
  if ARGV[2] ~= '' then
    redis.call('LPUSH', KEYS[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
  for i = 4, #ARGV do
    redis.call('LREM', KEYS[1], 0, ARGV[i])
  end
end
return redis.call('LRANGE', KEYS[1], 0, -1)
"""
