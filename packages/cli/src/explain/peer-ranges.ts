import { hasPorts, type IpRange, ipRange, type NetworkAclEntry, type RulePeer } from "@tributary/context";
import { covers, overlap } from "./ip-blocks.js";
import type { NetworkAt } from "./network-at.js";

/** The addresses that a rule's other end may have; undefined when the inventory does not tell. */
export function rangesOf(peer: RulePeer, network: NetworkAt): readonly IpRange[] | undefined {
  switch (peer.kind) {
    case "cidr":
      return rangesOfTexts([peer.cidr]);
    case "prefix-list": {
      const { cidrs } = network.prefixList(peer.prefixListId) ?? {};
      return cidrs === undefined ? undefined : rangesOfTexts(cidrs);
    }
    case "group": {
      if (!peer.active) return [];
      const members = network.membersOf(peer.groupId);
      if (members.length === 0 && network.group(peer.groupId) === undefined) return undefined;
      return rangesOfTexts(members.flatMap(({ addresses, prefixes }) => [...addresses, ...prefixes]));
    }
  }
}

const rangesOfTexts = (texts: readonly string[]): readonly IpRange[] => texts.flatMap((each) => ipRange(each) ?? []);

/** Whether an entry of a network ACL is about this protocol and port. Undefined stands for any. */
export function concerns(entry: NetworkAclEntry, protocol: number | undefined, port: number | undefined): boolean {
  if (entry.protocol === -1 || protocol === undefined) return true;
  if (entry.protocol !== protocol) return false;
  if (!hasPorts(protocol) || entry.fromPort === undefined || port === undefined) return true;
  return entry.fromPort <= port && port <= (entry.toPort ?? entry.fromPort);
}

/** What a network ACL does with a block of addresses: entries in the order in which they are tried. */
export interface BlockDecision {
  readonly outcome: "allowed" | "denied" | "in part";
  /** Those that decide something of the block; undefined at last when the end denies what they leave. */
  readonly entries: readonly (NetworkAclEntry | undefined)[];
}

/** `entries` in their order, only those that concern the service. */
export function decideBlock(entries: readonly NetworkAclEntry[], block: IpRange): BlockDecision {
  const deciding: (NetworkAclEntry | undefined)[] = [];
  let covered = false;
  for (const entry of entries) {
    const range = ipRange(entry.cidr);
    if (range === undefined || !overlap(range, block)) continue;
    deciding.push(entry);
    covered = covers(range, block);
    if (covered) break;
  }
  if (!covered) deciding.push(undefined);
  const actions = new Set(deciding.map((entry) => entry?.action ?? "deny"));
  return { outcome: actions.size > 1 ? "in part" : actions.has("allow") ? "allowed" : "denied", entries: deciding };
}
