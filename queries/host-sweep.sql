-- @name host-sweep
-- @title Host sweep
-- @answers Which source tried one port on many machines in a day?
-- @read One row per day, source and port above the threshold, most machines first. Monitoring and inventory tools
--   look the same: know yours.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param hosts integer 20 Different machines from which on it counts as a sweep

SELECT
  eventday,
  src,
  max(src_name) AS src_name,
  max(src_scope) AS src_scope,
  dport,
  proto,
  count(DISTINCT dst) AS hosts,
  count_if(action = 'Denied') AS rejected,
  count_if(action = 'Allowed') AS accepted,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND dport BETWEEN 1 AND 32767
GROUP BY eventday, src, dport, proto
HAVING count(DISTINCT dst) >= /*:hosts*/ 20
ORDER BY hosts DESC, eventday, src, dport
