-- @name internet-inbound-by-rule
-- @title Accepted from the internet, by rule
-- @answers Which rules let the internet in, and how much do they carry?
-- @read One row per rule and destination port, most used first. A rule with few sources could be narrowed to them.
--   rule is its description or condition, rule_ids are all rules that matched; return-traffic is left out. Azure names
--   the rule in its logs; flows of AWS that were read without an inventory stand together without one.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  verdict,
  rule,
  array_join(rules, ', ') AS rule_ids,
  dport,
  proto,
  count(*) AS flows,
  sum(bytes) AS bytes,
  count(DISTINCT src) AS sources,
  count(DISTINCT dst) AS destinations,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND action = 'Allowed'
  AND src_scope = 'internet'
  AND (verdict IS NULL OR verdict <> 'return-traffic')
GROUP BY verdict, rule, array_join(rules, ', '), dport, proto
ORDER BY flows DESC, verdict, rule, rule_ids, dport, proto
LIMIT /*:rows*/ 100
