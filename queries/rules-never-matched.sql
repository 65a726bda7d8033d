-- @name rules-never-matched
-- @title Rules that nothing matched
-- @answers Which rules let nothing through lately, and can that be trusted?
-- @read One row per rule of the newest inventory that no flow of the window matched for sure. status never-matched: all
--   interfaces with the group logged flows, on every day of the window at least one of them, and none matched;
--   too-short: none matched, but days_observed, the days with flows of the group, are fewer than the window's, or the
--   rule is known only since known_since, after window_from; not-observed: some interfaces logged no flow: they may
--   have no flow log, or they were idle, as NODATA lines do not reach the lake; not-attached: no interface has the
--   group; perhaps: flows of the group list only a part of the rules they matched; likely-used: likely_flows matched by
--   a guess, as all may do in logs without tcp-flags, so take it for used. Replies do not count. last_hit is before the
--   window, last_likely_hit the newest guess. skipdata counts the gaps that AWS left in all logs read: in one of them a
--   rule that is never-matched may have been used.
-- @only local
-- @param days integer 30 How many days a rule must have gone unmatched, the newest included
-- @param history integer 365 How many days to search for the last hit
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 1000 How many rows to show

WITH rules_now AS (
  SELECT *
  FROM (
    SELECT
      security_group_rules.*,
      -- Each collection may begin anew, so the oldest one that has the rule counts.
      min(as_of) OVER (PARTITION BY rule_id) AS known_since,
      rank() OVER (PARTITION BY accountid, region ORDER BY eventday DESC) AS age
    FROM security_group_rules
  ) AS ranked
  WHERE age = 1
    AND until IS NULL
),
members AS (
  SELECT interface_id, grouped.id AS group_id
  FROM (
    SELECT interfaces.*, rank() OVER (PARTITION BY accountid, region ORDER BY eventday DESC) AS age
    FROM interfaces
  ) AS ranked
  CROSS JOIN UNNEST(groups) AS grouped (id)
  WHERE age = 1
    AND until IS NULL
),
flows_of_history AS (
  SELECT
    interface,
    verdict,
    likely,
    rules,
    rules_truncated,
    groups,
    time,
    eventday,
    eventday >= date_format(/*:today*/ current_date - (/*:days*/ 30 - 1) * INTERVAL '1' DAY, '%Y%m%d') AS in_window
  FROM traffic
  WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:history*/ 365 - 1) * INTERVAL '1' DAY, '%Y%m%d')
      AND date_format(/*:today*/ current_date, '%Y%m%d')
),
hits AS (
  SELECT
    matched.id AS rule_id,
    count_if(in_window AND verdict = 'allowed-by-rule' AND NOT likely) AS flows,
    count_if(in_window AND verdict = 'allowed-by-rule' AND likely) AS likely_flows,
    count_if(in_window AND verdict = 'return-traffic') AS replies,
    max(CASE WHEN verdict = 'allowed-by-rule' AND NOT likely THEN time END) AS last_hit,
    max(CASE WHEN verdict = 'allowed-by-rule' AND likely THEN time END) AS last_likely_hit
  FROM flows_of_history
  CROSS JOIN UNNEST(rules) AS matched (id)
  GROUP BY matched.id
),
cut_lists AS (
  SELECT grouped.id AS group_id, count(*) AS flows
  FROM flows_of_history
  CROSS JOIN UNNEST(groups) AS grouped (id)
  WHERE in_window
    AND rules_truncated
    AND verdict = 'allowed-by-rule'
  GROUP BY grouped.id
),
observed AS (
  SELECT DISTINCT interface AS interface_id, eventday
  FROM flows_of_history
  WHERE in_window
),
coverage AS (
  SELECT
    members.group_id,
    count(DISTINCT members.interface_id) AS interfaces,
    count(DISTINCT observed.interface_id) AS interfaces_observed,
    count(DISTINCT observed.eventday) AS days_observed
  FROM members
  LEFT JOIN observed ON observed.interface_id = members.interface_id
  GROUP BY members.group_id
),
gaps AS (
  SELECT coalesce(sum(element_at(skipped_by_reason, 'skipdata')), 0) AS skipdata
  FROM ingest
)
SELECT
  rules_now.accountid AS account,
  rules_now.region,
  rules_now.group_id,
  rules_now.group_name,
  rules_now.rule_id AS rule,
  rules_now.direction,
  rules_now.protocol,
  rules_now.from_port,
  rules_now.to_port,
  coalesce(rules_now.cidr, rules_now.prefix_list_id, rules_now.referenced_group_id) AS peer,
  rules_now.description,
  CASE
    WHEN coalesce(coverage.interfaces, 0) = 0 THEN 'not-attached'
    WHEN hits.likely_flows > 0 THEN 'likely-used'
    WHEN cut_lists.flows > 0 THEN 'perhaps'
    WHEN coverage.interfaces_observed < coverage.interfaces THEN 'not-observed'
    WHEN coverage.days_observed < /*:days*/ 30 THEN 'too-short'
    WHEN substr(rules_now.known_since, 1, 10)
      > date_format(/*:today*/ current_date - (/*:days*/ 30 - 1) * INTERVAL '1' DAY, '%Y-%m-%d') THEN 'too-short'
    ELSE 'never-matched'
  END AS status,
  CAST(/*:today*/ current_date - (/*:days*/ 30 - 1) * INTERVAL '1' DAY AS date) AS window_from,
  /*:today*/ current_date AS window_until,
  rules_now.known_since,
  hits.last_hit,
  hits.last_likely_hit,
  coalesce(hits.likely_flows, 0) AS likely_flows,
  coalesce(hits.replies, 0) AS replies,
  coalesce(coverage.interfaces, 0) AS interfaces,
  coalesce(coverage.interfaces_observed, 0) AS interfaces_observed,
  coalesce(coverage.days_observed, 0) AS days_observed,
  gaps.skipdata
FROM rules_now
CROSS JOIN gaps
LEFT JOIN hits ON hits.rule_id = rules_now.rule_id
LEFT JOIN cut_lists ON cut_lists.group_id = rules_now.group_id
LEFT JOIN coverage ON coverage.group_id = rules_now.group_id
WHERE coalesce(hits.flows, 0) = 0
-- Likely used ones last: the question is what nothing used.
ORDER BY coalesce(hits.likely_flows, 0) > 0, status, account, rules_now.region, rules_now.group_id, rule
LIMIT /*:rows*/ 1000
