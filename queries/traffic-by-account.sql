-- @name traffic-by-account
-- @title Traffic by account
-- @answers How is traffic spread over clouds and accounts?
-- @read One row per AWS account or Azure subscription, biggest first. rejected_percent is the share of rejected among
--   all logged flows.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake

SELECT
  cloud,
  account,
  count(*) AS flows,
  sum(bytes) AS bytes,
  count_if(action = 'Denied') AS rejected,
  round(CAST(100 * count_if(action = 'Denied') AS double) / count(*), 1) AS rejected_percent,
  min(time) AS first_seen,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY cloud, account
ORDER BY bytes DESC, cloud, account
