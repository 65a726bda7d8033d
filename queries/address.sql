-- @name address
-- @title Everything about one address
-- @answers What did this address do, and what was done to it?
-- @read One row per flow, newest first. IPv4 or IPv6; flows are also found when the address was only on the way (NAT
--   gateway, load balancer), which then stands in src_via or dst_via. A public address of AWS also finds what the
--   interfaces logged that have or had it, under their private addresses; these have the role public.
-- @param days integer 7 How many days to look at, the newest included
-- @param today date current_date The newest day: today, or the newest day of a local lake
-- @param address ip '192.0.2.1' The address
-- @param rows integer 200 How many rows to show

SELECT
  time,
  CASE
    WHEN /*:address*/ '192.0.2.1' IN (src, src_via) THEN 'sent'
    WHEN /*:address*/ '192.0.2.1' IN (dst, dst_via) THEN 'received'
    ELSE 'public'
  END AS role,
  src,
  src_via,
  sport,
  dst,
  dst_via,
  dport,
  proto,
  action,
  verdict,
  rule,
  bytes,
  packets,
  account,
  interface
FROM traffic
WHERE eventday BETWEEN date_format(/*:today*/ current_date - (/*:days*/ 7 - 1) * INTERVAL '1' DAY, '%Y%m%d')
    AND date_format(/*:today*/ current_date, '%Y%m%d')
  AND (
    /*:address*/ '192.0.2.1' IN (src, src_via, dst, dst_via)
    OR interface IN (SELECT interface_id FROM interfaces WHERE contains(public_addresses, /*:address*/ '192.0.2.1'))
  )
ORDER BY time DESC, src, dst, sport, dport
LIMIT /*:rows*/ 200
