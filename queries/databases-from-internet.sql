-- @name databases-from-internet
-- @title Databases reached from the internet
-- @answers Which database ports are reached from the internet, and which rule lets them?
-- @read One row per destination, port, action and rule, accepted ones first. Accepted rows need attention, and
--   rule_ids are the rules that let them in; rejected ones show who tries, and the verdict what stopped them.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  dst,
  max(dst_name) AS dst_name,
  CASE dport
    WHEN 1433 THEN 'SQL Server'
    WHEN 1521 THEN 'Oracle'
    WHEN 3306 THEN 'MySQL'
    WHEN 5432 THEN 'PostgreSQL'
    WHEN 5439 THEN 'Redshift'
    WHEN 6379 THEN 'Redis'
    WHEN 9042 THEN 'Cassandra'
    WHEN 9200 THEN 'OpenSearch'
    WHEN 11211 THEN 'Memcached'
    ELSE 'MongoDB'
  END AS service,
  dport,
  action,
  verdict,
  rule,
  array_join(rules, ', ') AS rule_ids,
  count(*) AS flows,
  count(DISTINCT src) AS sources,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND src_scope = 'internet'
  AND dport IN (1433, 1521, 3306, 5432, 5439, 6379, 9042, 9200, 11211, 27017)
GROUP BY dst, dport, action, verdict, rule, array_join(rules, ', ')
ORDER BY action, flows DESC, dst, dport, verdict, rule, rule_ids
LIMIT /*:rows*/ 100
