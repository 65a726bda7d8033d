-- Every rule of the inventories once, also those that are gone (until): as it was in the last collection that had it.
SELECT *
FROM (
  SELECT
    security_group_rules.*,
    row_number() OVER (PARTITION BY rule_id ORDER BY eventday DESC, as_of DESC) AS age
  FROM security_group_rules
) AS numbered
WHERE age = 1
