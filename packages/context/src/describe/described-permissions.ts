import type { Direction, RulePeer, SecurityGroupRule } from "../inventory.js";
import { peerText } from "../rule-text.js";
import type { DescribedRecord } from "./described-record.js";
import { groupPeer, protocolAndPorts } from "./described-rule.js";
import { protocolName } from "./ip-protocol.js";
import { optional } from "./optional.js";

const LISTS = [
  ["IpPermissions", "ingress"],
  ["IpPermissionsEgress", "egress"],
] as const;

/**
 * The rules that describe-security-groups gives with a group; undefined if it gives none of the two lists. They have no ids there, so each
 * is named by what it says, e.g. `sg-0a1b2c3d4e5f60001/ingress/tcp/443/0.0.0.0/0`.
 */
export function permissionRules(group: DescribedRecord, groupId: string): readonly SecurityGroupRule[] | undefined {
  if (LISTS.every(([list]) => !group.has(list))) return undefined;
  return LISTS.flatMap(([list, direction]) =>
    group.objects(list).flatMap((permission) => rulesOf(permission, direction, groupId)),
  );
}

function rulesOf(permission: DescribedRecord, direction: Direction, groupId: string): readonly SecurityGroupRule[] {
  const condition = protocolAndPorts(permission);
  return peersOf(permission).map(({ peer, description }) => {
    const rule = { direction, ...condition, peer };
    return { id: madeUpRuleId(groupId, rule), ...rule, ...optional("description", description) };
  });
}

function peersOf(permission: DescribedRecord) {
  const peers: { readonly peer: RulePeer; readonly description: string | undefined }[] = [];
  const add = (peer: RulePeer, from: DescribedRecord) => peers.push({ peer, description: from.text("Description") });
  for (const each of permission.objects("IpRanges")) add({ kind: "cidr", cidr: requiredCidr(each, "CidrIp") }, each);
  for (const each of permission.objects("Ipv6Ranges")) {
    add({ kind: "cidr", cidr: requiredCidr(each, "CidrIpv6") }, each);
  }
  for (const each of permission.objects("PrefixListIds")) {
    add({ kind: "prefix-list", prefixListId: each.requiredText("PrefixListId") }, each);
  }
  for (const each of permission.objects("UserIdGroupPairs")) add(groupPeer(each), each);
  return peers;
}

function requiredCidr(record: DescribedRecord, key: string): string {
  return record.cidr(key) ?? record.reject(key, "there");
}

/** The id of a rule that EC2 gave without one: group, direction, protocol, ports if limited, other end. */
export function madeUpRuleId(
  groupId: string,
  { direction, protocol, fromPort, toPort, peer }: Omit<SecurityGroupRule, "id">,
): string {
  const last = toPort === undefined || toPort === -1 || toPort === fromPort ? "" : `-${toPort}`;
  const ports = fromPort === undefined || fromPort === -1 ? [] : [`${fromPort}${last}`];
  return [groupId, direction, protocolName(protocol), ...ports, peerText(peer)].join("/");
}

/** Whether `madeUpRuleId` gave this id: those of EC2 have no slash. */
export function isMadeUpRuleId(id: string): boolean {
  return id.includes("/");
}
