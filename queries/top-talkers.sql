-- @name top-talkers
-- @title Top talkers
-- @answers Which sources sent the most bytes?
-- @read One row per source, biggest first. Bytes count what the source sent in each logged flow; a flow logged at
--   both ends counts twice.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 20 How many rows to show

SELECT
  src,
  max(src_name) AS src_name,
  max(src_scope) AS src_scope,
  sum(bytes) AS bytes,
  sum(packets) AS packets,
  count(*) AS flows,
  count(DISTINCT dst) AS destinations
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY src
ORDER BY bytes DESC, src
LIMIT /*:rows*/ 20
