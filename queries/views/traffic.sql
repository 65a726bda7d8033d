-- Flows as one flat row each, for people: who talked to whom, how much, whether it was let through and by which rule.
SELECT
  CAST(from_unixtime(time / 1e3) AS timestamp(3)) AS time,
  cloud.provider AS cloud,
  cloud.account.uid AS account,
  src_endpoint.ip AS src,
  coalesce(
    src_endpoint.name,
    src_endpoint.hostname,
    regexp_extract(src_endpoint.instance_uid, '[^/]+$'),
    src_endpoint.svc_name
  ) AS src_name,
  src_endpoint.port AS sport,
  dst_endpoint.ip AS dst,
  coalesce(
    dst_endpoint.name,
    dst_endpoint.hostname,
    regexp_extract(dst_endpoint.instance_uid, '[^/]+$'),
    dst_endpoint.svc_name
  ) AS dst_name,
  dst_endpoint.port AS dport,
  coalesce(lower(connection_info.protocol_name), CAST(connection_info.protocol_num AS varchar)) AS proto,
  action,
  traffic.bytes AS bytes,
  traffic.packets AS packets,
  lower(connection_info.direction) AS direction,
  -- Formats without flow-direction do not say which side logged the flow.
  regexp_extract(
    coalesce(src_endpoint.interface_uid, dst_endpoint.interface_uid, element_at(unmapped, 'interface_id')),
    '[^/]+$'
  ) AS interface,
  element_at(unmapped, 'src_scope') AS src_scope,
  element_at(unmapped, 'dst_scope') AS dst_scope,
  element_at(src_endpoint.intermediate_ips, 1) AS src_via,
  element_at(dst_endpoint.intermediate_ips, 1) AS dst_via,
  element_at(unmapped, 'sg_verdict') AS verdict,
  coalesce(firewall_rule.name, firewall_rule.uid) AS rule,
  region,
  accountid,
  eventday
FROM flows
