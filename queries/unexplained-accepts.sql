-- @name unexplained-accepts
-- @title Unexplained accepts
-- @answers What was accepted although nothing known explains it?
-- @read One row per interface, protocol, port and explanation, most flows first. unexplained: often a connection that
--   outlived its rule, or an inventory that lacks something; unknown-interface: collect the inventory of that account
--   and region. Flows read without an inventory are left out.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  account,
  interface,
  verdict,
  direction,
  proto,
  -- Ephemeral ports would give a row each.
  CASE WHEN dport < 32768 THEN dport END AS dport,
  explanation,
  count(*) AS flows,
  sum(bytes) AS bytes,
  count(DISTINCT src) AS sources,
  count(DISTINCT dst) AS destinations,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND action = 'Allowed'
  AND verdict IN ('unexplained', 'unknown-interface')
GROUP BY account, interface, verdict, direction, proto, CASE WHEN dport < 32768 THEN dport END, explanation
ORDER BY flows DESC, account, interface, verdict, direction, proto, dport, explanation
LIMIT /*:rows*/ 100
