-- @name remote-access-from-internet
-- @title Remote access from the internet
-- @answers Which machines accept SSH, RDP or other remote logins from the internet, and which rule lets them?
-- @read One row per destination, port and rule. Expect none, or your bastion hosts only. rule is its
--   description or condition, and rule_ids are all rules that let it in; Azure names the rule in its logs.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  dst,
  max(dst_name) AS dst_name,
  CASE dport
    WHEN 22 THEN 'SSH'
    WHEN 23 THEN 'Telnet'
    WHEN 3389 THEN 'RDP'
    WHEN 5900 THEN 'VNC'
    ELSE 'WinRM'
  END AS service,
  dport,
  verdict,
  rule,
  array_join(rules, ', ') AS rule_ids,
  account,
  count(*) AS flows,
  count(DISTINCT src) AS sources,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND action = 'Allowed'
  AND src_scope = 'internet'
  AND proto = 'tcp'
  AND dport IN (22, 23, 3389, 5900, 5985, 5986)
GROUP BY dst, dport, verdict, rule, array_join(rules, ', '), account
ORDER BY flows DESC, dst, dport, verdict, rule, rule_ids
LIMIT /*:rows*/ 100
