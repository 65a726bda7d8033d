-- Every flow once, although delivery may bring it twice. Two different flows never share metadata.uid; equal ones share account and
-- day as well, so that filters on those reach the files. Rows without a uid are kept.
SELECT *
FROM (
  SELECT
    flows.*,
    row_number() OVER (PARTITION BY region, accountid, eventday, metadata.uid ORDER BY time) AS occurrence
  FROM flows
) AS counted
WHERE occurrence = 1 OR metadata.uid IS NULL
