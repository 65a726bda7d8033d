-- @name duplicates
-- @title Duplicates
-- @answers Did delivery bring flows more than once?
-- @read One row per account and day. Delivery is at least once, so a few are normal; flows_deduplicated leaves them
--   out.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake

SELECT
  accountid,
  eventday,
  count(*) AS flows,
  count(*) - count(DISTINCT metadata.uid) AS duplicates
FROM flows
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND metadata.uid IS NOT NULL
GROUP BY accountid, eventday
HAVING count(*) > count(DISTINCT metadata.uid)
ORDER BY duplicates DESC, accountid, eventday
