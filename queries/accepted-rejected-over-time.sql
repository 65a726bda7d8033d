-- @name accepted-rejected-over-time
-- @title Accepted and rejected over time
-- @answers When did traffic or rejections rise?
-- @read One row per hour (or another unit) in which something was logged. A step in rejected often follows a rule
--   change or a scan.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param unit varchar 'hour' Length of a row: minute, hour, day or week

SELECT
  date_trunc(/*:unit*/ 'hour', time) AS period,
  count_if(action = 'Allowed') AS accepted,
  count_if(action = 'Denied') AS rejected,
  sum(bytes) AS bytes
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
GROUP BY 1
ORDER BY 1
