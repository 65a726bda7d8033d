-- Flows as one flat row each, for people: who talked to whom, how much, whether it was let through, why, and by which rule.
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
  coalesce(element_at(unmapped, 'sg_likely') = 'true', false) AS likely,
  element_at(unmapped, 'sg_basis') AS basis,
  status_detail AS explanation,
  coalesce(firewall_rule.name, firewall_rule.uid) AS rule,
  -- Ids of the rules that let it through, and of the groups of the interface; the rules in full are in security_group_rules.
  CAST(json_extract(sg_data, '$.rules') AS varchar ARRAY) AS rules,
  coalesce(json_extract_scalar(sg_data, '$.rules_truncated') = 'true', false) AS rules_truncated,
  CAST(json_extract(sg_data, '$.groups') AS varchar ARRAY) AS groups,
  -- Where it stands in the logs, only for rows that were read with --provenance.
  element_at(unmapped, 'source') AS source,
  coalesce(element_at(unmapped, 'source_line'), element_at(unmapped, 'source_byte')) AS source_position,
  metadata.uid AS uid,
  region,
  accountid,
  eventday
FROM (
  SELECT
    flows.*,
    CASE WHEN element_at(enrichments, 1).name = 'unmapped.sg_verdict' THEN element_at(enrichments, 1).data END AS sg_data
  FROM flows
) AS explained
