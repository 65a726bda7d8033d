-- @name conversation
-- @title Conversation between two addresses
-- @answers What did these two addresses exchange?
-- @read One row per direction, protocol, destination port, action and rule, with the span of time. Either order of
--   the addresses gives the same.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param one ip '192.0.2.1' One address
-- @param other ip '198.51.100.1' The other address

SELECT
  src,
  dst,
  proto,
  dport,
  action,
  verdict,
  rule,
  count(*) AS flows,
  sum(bytes) AS bytes,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND (
    (src = /*:one*/ '192.0.2.1' AND dst = /*:other*/ '198.51.100.1')
    OR (src = /*:other*/ '198.51.100.1' AND dst = /*:one*/ '192.0.2.1')
  )
GROUP BY src, dst, proto, dport, action, verdict, rule
ORDER BY flows DESC, src, dst, proto, dport, action, verdict, rule
