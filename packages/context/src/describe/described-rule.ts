import type { RulePeer, SecurityGroupRule } from "../inventory.js";
import type { DescribedRecord } from "./described-record.js";
import { ALL_PROTOCOLS, ipProtocol, isIcmp } from "./ip-protocol.js";
import { optional } from "./optional.js";
import { regionOfArn } from "./region.js";

/** A rule with the group that holds it. */
export interface DescribedRule {
  readonly groupId: string;
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  readonly rule: SecurityGroupRule;
}

/** An element of `SecurityGroupRules` (EC2 API reference, SecurityGroupRule). */
export function describedRule(json: DescribedRecord): DescribedRule {
  const id = json.requiredText("SecurityGroupRuleId");
  const record = json.named(id);
  const egress = record.flag("IsEgress");
  if (egress === undefined) record.reject("IsEgress", "true or false");
  return {
    groupId: record.requiredText("GroupId"),
    accountId: record.accountId("GroupOwnerId"),
    region: regionOfArn(record.text("SecurityGroupRuleArn")),
    rule: {
      id,
      direction: egress ? "egress" : "ingress",
      ...protocolAndPorts(record),
      peer: peerOf(record),
      ...optional("description", record.text("Description")),
    },
  };
}

/** `IpProtocol`, `FromPort` and `ToPort` of a rule or permission. */
export function protocolAndPorts(record: DescribedRecord): Pick<SecurityGroupRule, "protocol" | "fromPort" | "toPort"> {
  const protocol = ipProtocol(record, "IpProtocol");
  // With all protocols they say nothing: EC2 prints -1, 0 and 65535, or nothing.
  if (protocol === ALL_PROTOCOLS) return { protocol };
  return {
    protocol,
    ...optional("fromPort", port(record, "FromPort", protocol)),
    ...optional("toPort", port(record, "ToPort", protocol)),
  };
}

function port(record: DescribedRecord, key: string, protocol: number): number | undefined {
  const value = record.integer(key);
  if (value === undefined || value === -1) return value === undefined || !isIcmp(protocol) ? undefined : -1;
  return value >= 0 && value <= 65535 ? value : record.reject(key, "a port");
}

function peerOf(record: DescribedRecord): RulePeer {
  const cidr = record.cidr("CidrIpv4") ?? record.cidr("CidrIpv6");
  if (cidr !== undefined) return { kind: "cidr", cidr };
  const prefixListId = record.text("PrefixListId");
  if (prefixListId !== undefined) return { kind: "prefix-list", prefixListId };
  const referenced = record.object("ReferencedGroupInfo");
  if (referenced !== undefined) return groupPeer(referenced);
  return record.reject("CidrIpv4", "there, nor is CidrIpv6, PrefixListId or ReferencedGroupInfo");
}

/** States of a peering that end it for good: rules that refer through it are stale (EC2 API reference, VpcPeeringConnectionStateReason). */
const ENDED = new Set(["deleted", "deleting", "rejected", "failed", "expired"]);

/** `ReferencedGroupInfo` of a rule, or one of `UserIdGroupPairs` of a permission. */
export function groupPeer(record: DescribedRecord): RulePeer {
  return {
    kind: "group",
    groupId: record.requiredText("GroupId"),
    ...optional("vpcId", record.text("VpcId")),
    ...optional("accountId", record.accountId("UserId")),
    active: !ENDED.has(record.text("PeeringStatus") ?? ""),
  };
}
