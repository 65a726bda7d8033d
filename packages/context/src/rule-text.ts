import type { NetworkAclEntry, RulePeer, SecurityGroup, SecurityGroupRule } from "./inventory.js";

/** Rules in words, as short as in the AWS console: `tcp 443 from 0.0.0.0/0`. */

const PROTOCOLS: Readonly<Record<number, string>> = {
  [-1]: "all traffic",
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmpv6",
};

/** `tcp`, `all traffic`, or `protocol 47`. */
export function protocolText(protocol: number): string {
  return PROTOCOLS[protocol] ?? `protocol ${protocol}`;
}

const isIcmp = (protocol: number): boolean => protocol === 1 || protocol === 58;

/** `443`, `1433-1434`, `type 8 code 0`; empty when the rule does not limit them. */
export function portsText(protocol: number, from: number | undefined, to: number | undefined): string {
  if (protocol === -1 || from === undefined || from === -1) return "";
  if (isIcmp(protocol)) return to === undefined || to === -1 ? `type ${from}` : `type ${from} code ${to}`;
  if (to === undefined || to === from) return `${from}`;
  return from === 0 && to === 65535 ? "" : `${from}-${to}`;
}

/** The CIDR, or the id of the prefix list or group. */
export function peerText(peer: RulePeer): string {
  switch (peer.kind) {
    case "cidr":
      return peer.cidr;
    case "prefix-list":
      return peer.prefixListId;
    case "group":
      return peer.groupId;
  }
}

/** `tcp 443 from 0.0.0.0/0`, `all traffic to sg-…`. */
export function ruleCondition({ protocol, fromPort, toPort, direction, peer }: SecurityGroupRule): string {
  const ports = portsText(protocol, fromPort, toPort);
  return `${protocolText(protocol)}${ports && ` ${ports}`} ${direction === "ingress" ? "from" : "to"} ${peerText(peer)}`;
}

/** `deny tcp 22 from 198.51.100.0/24`. */
export function entryCondition(entry: NetworkAclEntry): string {
  const { protocol, fromPort, toPort, icmpType, icmpCode, direction, cidr, action } = entry;
  const ports = isIcmp(protocol) ? portsText(protocol, icmpType, icmpCode) : portsText(protocol, fromPort, toPort);
  return `${action} ${protocolText(protocol)}${ports && ` ${ports}`} ${direction === "ingress" ? "from" : "to"} ${cidr}`;
}

/** Names come from whoever may tag; a few dozen characters tell which one is meant. */
const NAME_CHARACTERS = 40;

/** At most 40 characters of a name, the cut marked. */
export function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= NAME_CHARACTERS ? name : `${characters.slice(0, NAME_CHARACTERS - 1).join("")}…`;
}

/** `web (sg-…)`, or the id alone. */
export function groupText({ id, name }: SecurityGroup): string {
  return name === undefined ? id : `${shortName(name)} (${id})`;
}
