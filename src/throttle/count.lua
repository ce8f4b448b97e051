-- One step of the generic cell rate algorithm, on one key, by the time of Redis.
-- ARGV: the interval in microseconds, the burst, and the number of events (-1 gives one back).
-- Returns how long to wait (0: counted) and how full the bucket is, both in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, events = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
-- A clock that was set back makes no bucket fuller than full.
empty_at = math.min(empty_at, now + interval * burst)
local wait = empty_at + interval * events - now - interval * burst
if wait > 0 then
    return { wait, empty_at - now }
end
empty_at = math.max(empty_at + interval * events, now)
if empty_at > now then
    redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', math.ceil((empty_at - now) / 1000))
else
    redis.call('DEL', KEYS[1])
end
return { 0, empty_at - now }
