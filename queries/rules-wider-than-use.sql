-- @name rules-wider-than-use
-- @title Rules wider than their use
-- @answers Which rules allow more ports or addresses than anybody used?
-- @read One row per rule that flows matched, the widest first. Compare ports_allowed with ports_seen, and cidr with
--   peers_seen and networks_seen (/24 networks, IPv4): what nobody used could be closed. Only flows that rules let
--   through count, no replies and no guesses; look at enough days before you narrow a rule.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

WITH used AS (
  SELECT
    rules,
    CASE direction WHEN 'outbound' THEN dst ELSE src END AS peer,
    dport,
    bytes,
    time
  FROM traffic
  WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
      AND date_format(/*:today*/ current_date, '%Y%m%d')
    AND verdict = 'allowed-by-rule'
    AND NOT likely
),
use_of_rules AS (
  SELECT
    matched.id AS rule_id,
    count(*) AS flows,
    sum(bytes) AS bytes,
    count(DISTINCT dport) AS ports_seen,
    min(dport) AS lowest_port,
    max(dport) AS highest_port,
    count(DISTINCT peer) AS peers_seen,
    count(DISTINCT regexp_extract(peer, '^[0-9]+[.][0-9]+[.][0-9]+[.]')) AS networks_seen,
    min(peer) AS one_peer,
    max(time) AS last_seen
  FROM used
  CROSS JOIN UNNEST(rules) AS matched (id)
  GROUP BY matched.id
),
newest_rules AS (
  SELECT
    numbered.*,
    CASE
      WHEN protocol NOT IN ('tcp', 'udp', 'all') THEN NULL
      WHEN protocol = 'all' OR from_port IS NULL THEN 65536
      ELSE to_port - from_port + 1
    END AS ports_allowed,
    CASE
      WHEN cidr LIKE '%.%' THEN 32 - CAST(regexp_extract(cidr, '/([0-9]+)$', 1) AS integer)
      WHEN cidr LIKE '%:%' THEN 128 - CAST(regexp_extract(cidr, '/([0-9]+)$', 1) AS integer)
    END AS free_bits
  FROM (
    SELECT
      security_group_rules.*,
      row_number() OVER (PARTITION BY rule_id ORDER BY eventday DESC, as_of DESC) AS age
    FROM security_group_rules
  ) AS numbered
  WHERE age = 1
    AND until IS NULL
)
SELECT
  newest_rules.rule_id AS rule,
  group_id,
  group_name,
  description,
  direction,
  protocol,
  ports_allowed > ports_seen AS wider_ports,
  -- One address more than half of a range is as narrow as a CIDR gets.
  free_bits IS NOT NULL AND power(2, free_bits) >= 2 * peers_seen AS wider_addresses,
  from_port,
  to_port,
  ports_allowed,
  ports_seen,
  lowest_port,
  highest_port,
  cidr,
  peers_seen,
  networks_seen,
  CASE WHEN peers_seen = 1 THEN one_peer END AS only_peer,
  flows,
  bytes,
  last_seen
FROM use_of_rules
INNER JOIN newest_rules ON newest_rules.rule_id = use_of_rules.rule_id
WHERE ports_allowed > ports_seen
  OR (free_bits IS NOT NULL AND power(2, free_bits) >= 2 * peers_seen)
ORDER BY coalesce(free_bits, 0) DESC, coalesce(ports_allowed, 0) DESC, flows DESC, rule
LIMIT /*:rows*/ 100
