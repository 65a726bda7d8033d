-- @name rejects-by-verdict
-- @title Rejects by verdict
-- @answers Why was traffic rejected: no rule, a network ACL, or something else?
-- @read One row per verdict and explanation, most rejected first. no-rule-matches: add a rule, if it is wanted;
--   blocked-by-network-acl and blocked-elsewhere: the groups would let it through, look there. Without a verdict:
--   flows of Azure, and those read without an inventory.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  verdict,
  likely,
  direction,
  coalesce(explanation, rule) AS explanation,
  count(*) AS rejected,
  count(DISTINCT src) AS sources,
  count(DISTINCT dst) AS targets,
  count(DISTINCT dport) AS ports,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND action = 'Denied'
GROUP BY verdict, likely, direction, coalesce(explanation, rule)
ORDER BY rejected DESC, verdict, likely, direction, explanation
LIMIT /*:rows*/ 100
