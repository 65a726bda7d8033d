-- @name top-destinations
-- @title Top destinations
-- @answers Where did the most bytes go?
-- @read One row per destination and port, biggest first. A destination in scope internet is outside your networks.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 20 How many rows to show

SELECT
  dst,
  max(dst_name) AS dst_name,
  max(dst_scope) AS dst_scope,
  dport,
  proto,
  sum(bytes) AS bytes,
  count(*) AS flows,
  count(DISTINCT src) AS sources
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY dst, dport, proto
ORDER BY bytes DESC, dst, dport, proto
LIMIT /*:rows*/ 20
