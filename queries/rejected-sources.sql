-- @name rejected-sources
-- @title Rejected sources
-- @answers Who knocks and is turned away?
-- @read One row per source, most rejected first. Many targets on few ports are a sweep, many ports on few targets a scan.
--   no_rule, network_acl and elsewhere count by what stopped them, where an inventory tells.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 20 How many rows to show

SELECT
  src,
  max(src_name) AS src_name,
  max(src_scope) AS src_scope,
  count(*) AS rejected,
  count(DISTINCT dst) AS targets,
  count(DISTINCT dport) AS ports,
  count_if(verdict = 'no-rule-matches') AS no_rule,
  count_if(verdict = 'blocked-by-network-acl') AS network_acl,
  count_if(verdict = 'blocked-elsewhere') AS elsewhere,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND action = 'Denied'
GROUP BY src
ORDER BY rejected DESC, src
LIMIT /*:rows*/ 20
