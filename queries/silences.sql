-- @name silences
-- @title Silences
-- @answers For which accounts did the log stop for a while?
-- @read One row per account and gap, longest first. A gap in all accounts points to the delivery, one in a single
--   account to its flow log; quiet accounts have harmless ones.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param minutes integer 30 Minutes without a flow from which on it counts as a gap
-- @param rows integer 100 How many rows to show

SELECT
  account,
  silent_from,
  silent_until,
  date_diff('minute', silent_from, silent_until) AS minutes
FROM (
  SELECT
    account,
    lag(at_minute) OVER (PARTITION BY account ORDER BY at_minute) AS silent_from,
    at_minute AS silent_until
  FROM (
    SELECT account, date_trunc('minute', time) AS at_minute
    FROM traffic
    WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
    GROUP BY 1, 2
  ) AS minutes_with_flows
) AS steps
WHERE date_diff('minute', silent_from, silent_until) >= /*:minutes*/ 30
ORDER BY minutes DESC, account, silent_from
LIMIT /*:rows*/ 100
