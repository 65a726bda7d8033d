import type { Direction, NetworkAcl, NetworkAclEntry } from "./inventory.js";
import { type IpRange, ipRange, rangeContains } from "./ip-range.js";
import { type MissingFields, NO_ADDRESS, NO_PORT, NO_PROTOCOL } from "./missing-fields.js";
import { ALL_PROTOCOLS, hasPorts, isIcmp, type Match, type RuleFacts } from "./rule-match.js";

/**
 * From this number on EC2 lists the `*` that ends every network ACL, once per IP version. What no entry before it matches is denied
 * anyway.
 */
export const END_OF_ACL = 32767;

/** What a network ACL does with a flow. It is stateless: replies are held against it like any other packet. */
export interface AclDecision {
  /** `unknown` when the log lacks a field that would tell. */
  readonly effect: "allows" | "denies" | "unknown";
  /** The entry that decides. Undefined when it is the `*` at the end, or when the log lacks a field and one of several does. */
  readonly entry: NetworkAclEntry | undefined;
  /** Whether an entry was passed over only because the log does not tell the type of ICMP. */
  readonly unknownType: boolean;
  /** For lack of which entries only may match; none unless the effect is unknown. */
  readonly missing: MissingFields;
}

interface TriedEntry {
  readonly entry: NetworkAclEntry;
  readonly range: IpRange | undefined;
}

/** The entries of one network ACL, made ready to be tried in order. */
export class AclTable {
  readonly #ingress: readonly TriedEntry[];
  readonly #egress: readonly TriedEntry[];

  constructor(readonly acl: NetworkAcl) {
    const tried = acl.entries
      .filter(({ number }) => number < END_OF_ACL)
      .map((entry) => ({ entry, range: ipRange(entry.cidr) }))
      .sort((a, b) => a.entry.number - b.entry.number);
    this.#ingress = tried.filter(({ entry }) => entry.direction === "ingress");
    this.#egress = tried.filter(({ entry }) => entry.direction === "egress");
  }

  /** `facts.port` is the destination port, whichever end opened the connection. */
  decide(direction: Direction, facts: RuleFacts): AclDecision {
    let unknownType = false;
    let missing: MissingFields = 0;
    // Whether all entries allow that only may match.
    let mayOnlyAllow = true;
    let decisive: NetworkAclEntry | undefined;
    for (const tried of direction === "ingress" ? this.#ingress : this.#egress) {
      const { entry } = tried;
      const match = entryMatch(tried, facts);
      if (match === "no") continue;
      if (asksForType(entry) && facts.protocol !== undefined) {
        unknownType = true;
        continue;
      }
      if (match === "yes") {
        decisive = entry;
        break;
      }
      missing |= missingFor(entry, facts);
      mayOnlyAllow &&= entry.action === "allow";
    }
    const effect = decisive?.action === "allow" ? "allows" : "denies";
    if (missing === 0) return { effect, entry: decisive, unknownType, missing };
    if (effect === "allows" && mayOnlyAllow) return { effect, entry: undefined, unknownType, missing: 0 };
    return { effect: "unknown", entry: undefined, unknownType, missing };
  }
}

/** What the network ACL does with a flow in this direction. */
export function aclDecision(acl: NetworkAcl, direction: Direction, facts: RuleFacts): AclDecision {
  return new AclTable(acl).decide(direction, facts);
}

/** Whether the entry matches, the type of ICMP apart; `maybe` when a field is missing. */
function entryMatch({ entry, range }: TriedEntry, facts: RuleFacts): Match {
  const { peer } = facts;
  if (range === undefined || (peer !== undefined && !rangeContains(range, peer))) return "no";
  const service = serviceMatch(entry, facts);
  return service === "yes" && peer === undefined ? "maybe" : service;
}

function serviceMatch(entry: NetworkAclEntry, { protocol, port }: RuleFacts): Match {
  if (entry.protocol === ALL_PROTOCOLS) return "yes";
  if (protocol !== undefined && entry.protocol !== protocol) return "no";
  if (!namesPorts(entry)) return protocol === undefined ? "maybe" : "yes";
  const { fromPort = 0, toPort = fromPort } = entry;
  if (port !== undefined && (port < fromPort || toPort < port)) return "no";
  return protocol === undefined || port === undefined ? "maybe" : "yes";
}

/** The fields for lack of which the entry only may match. */
function missingFor(entry: NetworkAclEntry, { protocol, port, peer }: RuleFacts): MissingFields {
  return (
    (entry.protocol !== ALL_PROTOCOLS && protocol === undefined ? NO_PROTOCOL : 0) |
    (namesPorts(entry) && port === undefined ? NO_PORT : 0) |
    (peer === undefined ? NO_ADDRESS : 0)
  );
}

function namesPorts({ protocol, fromPort }: NetworkAclEntry): boolean {
  return hasPorts(protocol) && fromPort !== undefined;
}

function asksForType({ protocol, icmpType }: NetworkAclEntry): boolean {
  return isIcmp(protocol) && icmpType !== undefined && icmpType !== -1;
}
