-- @name large-transfers
-- @title Large transfers
-- @answers Who moved unusually much data to whom in a day?
-- @read One row per day and pair of addresses above the threshold, biggest first. Scope internet at the destination
--   means the data left.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param megabytes bigint 500 Bytes from one address to another in a day, in millions
-- @param rows integer 100 How many rows to show

SELECT
  eventday,
  src,
  max(src_name) AS src_name,
  dst,
  max(dst_name) AS dst_name,
  max(dst_scope) AS dst_scope,
  sum(bytes) AS bytes,
  count(*) AS flows,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY eventday, src, dst
HAVING sum(bytes) >= /*:megabytes*/ 500 * 1000000
ORDER BY bytes DESC, eventday, src, dst
LIMIT /*:rows*/ 100
