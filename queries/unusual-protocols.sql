-- @name unusual-protocols
-- @title Unusual protocols
-- @answers Which traffic is neither TCP, UDP nor ICMP?
-- @read One row per protocol and pair of addresses. GRE, ESP and IP-in-IP are tunnels: expect them between known
--   endpoints only.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param rows integer 100 How many rows to show

SELECT
  proto,
  src,
  max(src_name) AS src_name,
  dst,
  max(dst_name) AS dst_name,
  count(*) AS flows,
  count_if(action = 'Denied') AS rejected,
  sum(bytes) AS bytes,
  max(time) AS last_seen
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND proto NOT IN ('tcp', 'udp', 'icmp', 'ipv6-icmp', '1', '6', '17', '58')
GROUP BY proto, src, dst
ORDER BY flows DESC, proto, src, dst
LIMIT /*:rows*/ 100
