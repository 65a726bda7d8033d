-- @name why-accepted
-- @title Why was it accepted, by rule
-- @answers Which rules let traffic through, how much, and who used them?
-- @read One row per verdict, rule and direction, most flows first. A flow that several rules match counts for each of
--   them; flows_alone are those that no other rule would have let through. return-traffic is the reply to a connection
--   that the rule let through. likely_flows rest on a guess. Without a rule: see unexplained-accepts.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

WITH accepted AS (
  SELECT
    verdict,
    CASE WHEN cardinality(rules) > 0 THEN rules ELSE ARRAY[rule] END AS matching,
    direction,
    likely,
    src,
    dst,
    bytes,
    time
  FROM traffic
  WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
      AND date_format(/*:today*/ current_date, '%Y%m%d')
    AND action = 'Allowed'
)
SELECT
  verdict,
  matched.id AS rule,
  max(newest_rules.group_id) AS group_id,
  max(newest_rules.group_name) AS group_name,
  max(newest_rules.description) AS description,
  accepted.direction,
  count(*) AS flows,
  count_if(cardinality(matching) = 1) AS flows_alone,
  count_if(likely) AS likely_flows,
  sum(bytes) AS bytes,
  count(DISTINCT src) AS sources,
  count(DISTINCT dst) AS destinations,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM accepted
CROSS JOIN UNNEST(matching) AS matched (id)
LEFT JOIN newest_rules ON newest_rules.rule_id = matched.id
GROUP BY verdict, matched.id, accepted.direction
ORDER BY flows DESC, verdict, rule, accepted.direction
LIMIT /*:rows*/ 100
