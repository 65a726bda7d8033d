-- @name rejected-then-accepted
-- @title Rejected, then accepted
-- @answers Which connections were first turned away and later let in?
-- @read One row per source, destination and port, latest change first. A rule was opened in between, or somebody
--   found the way.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  src,
  max(src_name) AS src_name,
  max(src_scope) AS src_scope,
  dst,
  max(dst_name) AS dst_name,
  dport,
  proto,
  min(CASE WHEN action = 'Denied' THEN time END) AS first_rejected,
  max(CASE WHEN action = 'Allowed' THEN time END) AS last_accepted,
  count_if(action = 'Denied') AS rejected,
  count_if(action = 'Allowed') AS accepted
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY src, dst, dport, proto
HAVING min(CASE WHEN action = 'Denied' THEN time END) < max(CASE WHEN action = 'Allowed' THEN time END)
ORDER BY last_accepted DESC, src, dst, dport, proto
LIMIT /*:rows*/ 100
