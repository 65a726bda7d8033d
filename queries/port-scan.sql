-- @name port-scan
-- @title Port scan
-- @answers Which source tried many ports of one machine in a day?
-- @read One row per day, source and target above the threshold, most ports first. Ports from 32768 up are left out,
--   as they are where replies arrive.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param ports integer 20 Different ports from which on it counts as a scan

SELECT
  eventday,
  src,
  max(src_name) AS src_name,
  max(src_scope) AS src_scope,
  dst,
  max(dst_name) AS dst_name,
  count(DISTINCT dport) AS ports,
  count_if(action = 'Denied') AS rejected,
  count_if(action = 'Allowed') AS accepted,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND dport BETWEEN 1 AND 32767
GROUP BY eventday, src, dst
HAVING count(DISTINCT dport) >= /*:ports*/ 20
ORDER BY ports DESC, eventday, src, dst
