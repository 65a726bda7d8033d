import type { Direction, NetworkAcl, NetworkAclEntry } from "./inventory.js";
import { type IpRange, ipRange, rangeContains } from "./ip-range.js";
import { ALL_PROTOCOLS, hasPorts, isIcmp, type RuleFacts } from "./rule-match.js";

/** What a network ACL does with a flow. It is stateless: replies are held against it like any other packet. */
export interface AclDecision {
  readonly allows: boolean;
  /** The first entry that matches; undefined when none does, which denies. */
  readonly entry: NetworkAclEntry | undefined;
  /** Whether an entry was passed over only because the log does not tell the type of ICMP. */
  readonly unknownType: boolean;
}

interface TriedEntry {
  readonly entry: NetworkAclEntry;
  readonly range: IpRange | undefined;
}

const DENIED: AclDecision = { allows: false, entry: undefined, unknownType: false };

/** The entries of one network ACL, made ready to be tried in order. */
export class AclTable {
  readonly #ingress: readonly TriedEntry[];
  readonly #egress: readonly TriedEntry[];

  constructor(readonly acl: NetworkAcl) {
    const tried = acl.entries
      .map((entry) => ({ entry, range: ipRange(entry.cidr) }))
      .sort((a, b) => a.entry.number - b.entry.number);
    this.#ingress = tried.filter(({ entry }) => entry.direction === "ingress");
    this.#egress = tried.filter(({ entry }) => entry.direction === "egress");
  }

  /** `facts.port` is the destination port, whichever end opened the connection. Without an address no entry matches. */
  decide(direction: Direction, facts: RuleFacts): AclDecision {
    const { peer } = facts;
    if (peer === undefined) return DENIED;
    let unknownType = false;
    for (const { entry, range } of direction === "ingress" ? this.#ingress : this.#egress) {
      if (!serviceMatches(entry, facts) || range === undefined || !rangeContains(range, peer)) continue;
      if (asksForType(entry)) unknownType = true;
      else return { allows: entry.action === "allow", entry, unknownType };
    }
    return unknownType ? { ...DENIED, unknownType } : DENIED;
  }
}

/** What the network ACL does with a flow in this direction. */
export function aclDecision(acl: NetworkAcl, direction: Direction, facts: RuleFacts): AclDecision {
  return new AclTable(acl).decide(direction, facts);
}

function serviceMatches(entry: NetworkAclEntry, { protocol, port }: RuleFacts): boolean {
  if (entry.protocol === ALL_PROTOCOLS) return true;
  if (entry.protocol !== protocol) return false;
  if (!hasPorts(protocol) || entry.fromPort === undefined) return true;
  return port !== undefined && entry.fromPort <= port && port <= (entry.toPort ?? entry.fromPort);
}

function asksForType({ protocol, icmpType }: NetworkAclEntry): boolean {
  return isIcmp(protocol) && icmpType !== undefined && icmpType !== -1;
}
