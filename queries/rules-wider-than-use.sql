-- @name rules-wider-than-use
-- @title Rules wider than their use
-- @answers Which rules allow more ports or addresses than anybody used?
-- @read One row per rule that flows matched, the widest first. Compare ports_allowed with ports_seen, and cidr with
--   peers_seen and networks_seen (/24 for IPv4, /64 for IPv6), of which networks lists the first five: what nobody used
--   could be closed. Only flows that rules let through count, no replies. likely_flows rest on a guess, as all flows
--   may do in logs without tcp-flags: some may be replies, and their ports and addresses count as used; sure_flows are
--   the others. Look at enough days before you narrow a rule.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

WITH used AS (
  SELECT
    rules,
    likely,
    CASE direction WHEN 'outbound' THEN dst ELSE src END AS peer,
    dport,
    bytes,
    time
  FROM traffic
  WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
      AND date_format(/*:today*/ current_date, '%Y%m%d')
    AND verdict = 'allowed-by-rule'
),
used_from_networks AS (
  SELECT
    used.*,
    coalesce(
      regexp_extract(peer, '^[0-9]+[.][0-9]+[.][0-9]+[.]') || '0/24',
      -- The first four groups in full (2001:db8:0:1:…, where zeros at their end may also be written ::) …
      regexp_replace(regexp_extract(peer, '^([0-9a-f]+(:[0-9a-f]+){3}):', 1), '(:0)+$', '') || '::/64',
      -- … or zeros at their end left out (2001:db8::1).
      regexp_extract(peer, '^([0-9a-f]+(:[0-9a-f]+){0,2})::([0-9a-f]+(:[0-9a-f]+){0,3})?$', 1) || '::/64',
      peer
    ) AS network
  FROM used
),
use_of_rules AS (
  SELECT
    matched.id AS rule_id,
    count(*) AS flows,
    count_if(NOT likely) AS sure_flows,
    count_if(likely) AS likely_flows,
    sum(bytes) AS bytes,
    count(DISTINCT dport) AS ports_seen,
    min(dport) AS lowest_port,
    max(dport) AS highest_port,
    count(DISTINCT peer) AS peers_seen,
    count(DISTINCT network) AS networks_seen,
    array_join(slice(array_sort(array_agg(DISTINCT network)), 1, 5), ', ') AS networks,
    min(peer) AS one_peer,
    max(time) AS last_seen
  FROM used_from_networks
  CROSS JOIN UNNEST(rules) AS matched (id)
  GROUP BY matched.id
),
rules_now AS (
  SELECT
    newest_rules.*,
    CASE
      WHEN protocol NOT IN ('tcp', 'udp', 'all') THEN NULL
      WHEN protocol = 'all' OR from_port IS NULL THEN 65536
      ELSE to_port - from_port + 1
    END AS ports_allowed,
    CASE
      WHEN cidr LIKE '%.%' THEN 32 - CAST(regexp_extract(cidr, '/([0-9]+)$', 1) AS integer)
      WHEN cidr LIKE '%:%' THEN 128 - CAST(regexp_extract(cidr, '/([0-9]+)$', 1) AS integer)
    END AS free_bits
  FROM newest_rules
  WHERE until IS NULL
)
SELECT
  rules_now.rule_id AS rule,
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
  networks,
  CASE WHEN peers_seen = 1 THEN one_peer END AS only_peer,
  flows,
  sure_flows,
  likely_flows,
  bytes,
  last_seen
FROM use_of_rules
INNER JOIN rules_now ON rules_now.rule_id = use_of_rules.rule_id
WHERE ports_allowed > ports_seen
  OR (free_bits IS NOT NULL AND power(2, free_bits) >= 2 * peers_seen)
ORDER BY coalesce(free_bits, 0) DESC, coalesce(ports_allowed, 0) DESC, flows DESC, rule
LIMIT /*:rows*/ 100
