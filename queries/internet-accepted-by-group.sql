-- @name internet-accepted-by-group
-- @title Accepted from the internet, by group
-- @answers Which security groups let the internet in, to which ports, and how much?
-- @read One row per group and port, most flows first: the group whose rule let it in, not every group of the interface.
--   Without a group: accepted for another reason, or read without an inventory; the verdict tells. Replies to
--   connections from inside are left out.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

WITH accepted AS (
  SELECT
    verdict,
    CASE WHEN cardinality(rules) > 0 THEN rules ELSE ARRAY[rule] END AS matching,
    groups,
    likely,
    uid,
    src,
    dst,
    dport,
    proto,
    bytes,
    time
  FROM traffic
  WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
      AND date_format(/*:today*/ current_date, '%Y%m%d')
    AND action = 'Allowed'
    AND src_scope = 'internet'
    AND (verdict IS NULL OR verdict <> 'return-traffic')
),
-- Several rules of one group may match a flow; it counts once.
by_group AS (
  SELECT
    verdict,
    -- Where the rule is in no inventory, the only group of the interface must hold it.
    coalesce(newest_rules.group_id, CASE WHEN cardinality(groups) = 1 THEN element_at(groups, 1) END) AS group_id,
    max(newest_rules.group_name) AS group_name,
    likely,
    uid,
    src,
    dst,
    dport,
    proto,
    bytes,
    time
  FROM accepted
  CROSS JOIN UNNEST(matching) AS matched (id)
  LEFT JOIN newest_rules ON newest_rules.rule_id = matched.id
  GROUP BY 1, 2, likely, uid, src, dst, dport, proto, bytes, time
)
SELECT
  group_id,
  max(group_name) AS group_name,
  verdict,
  dport,
  proto,
  count(*) AS flows,
  count_if(likely) AS likely_flows,
  sum(bytes) AS bytes,
  count(DISTINCT src) AS sources,
  count(DISTINCT dst) AS destinations,
  max(time) AS last_seen
FROM by_group
GROUP BY group_id, verdict, dport, proto
ORDER BY flows DESC, group_id, verdict, dport, proto
LIMIT /*:rows*/ 100
