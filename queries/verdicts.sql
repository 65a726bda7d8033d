-- @name verdicts
-- @title Why traffic was accepted or rejected
-- @answers How is all traffic explained?
-- @read One row per action and verdict, most frequent first. Many unknown-interface rows mean that the inventory
--   misses an account or region; Azure names its rule itself and has no verdict.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake

SELECT
  cloud,
  action,
  verdict,
  count(*) AS flows,
  sum(bytes) AS bytes,
  count(DISTINCT interface) AS interfaces,
  count(DISTINCT rule) AS rules
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY cloud, action, verdict
ORDER BY flows DESC, cloud, action, verdict
