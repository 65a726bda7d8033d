import type { Direction, FlowFacts, NetworkAcl, NetworkAclEntry, NetworkInterface } from "@tributary/context";
import { isInside, type NaiveAddress } from "./naive-address.js";
import { type NaiveWorld, privateOwners } from "./naive-rule-match.js";
import { nearest, stateAt } from "./naive-timeline.js";

/** What the network ACL of a subnet does with a flow. */
export type NaiveAclDecision =
  | { readonly kind: "allow" }
  | { readonly kind: "unknown"; readonly caveats: readonly string[] }
  | {
      readonly kind: "deny";
      readonly entry: NetworkAclEntry | undefined;
      readonly isTypeUnknown: boolean;
    };

/** The ACL that a subnet had: of those whose states at the time hold the subnet, the one that `nearest` finds. */
export function aclOfSubnet(
  all: readonly NetworkAcl[],
  subnetId: string | undefined,
  time: number,
): NetworkAcl | undefined {
  const candidates = [...new Set(all.map((acl) => acl.id))]
    .map((id) => stateAt(all, id, time))
    .filter((acl) => acl !== undefined)
    .filter((acl) => subnetId !== undefined && acl.subnetIds.includes(subnetId));
  return nearest(candidates, time);
}

/** Decides as a subnet's network ACL does: not at all within the subnet, else by the first entry that matches. */
export function naiveAclDecision(
  acl: NetworkAcl | undefined,
  recorder: NetworkInterface,
  direction: Direction,
  flow: FlowFacts,
  peer: NaiveAddress | undefined,
  world: NaiveWorld,
): NaiveAclDecision {
  const owners = peer === undefined ? [] : privateOwners(peer, world);
  const isWithinSubnet = owners.some(
    (owner) => recorder.subnetId !== undefined && owner.subnetId === recorder.subnetId,
  );
  if (isWithinSubnet) return { kind: "allow" };
  if (acl === undefined) return { kind: "unknown", caveats: ["not-in-inventory network-acls"] };
  const entries = acl.entries
    .filter((entry) => entry.direction === direction && entry.number < 32_767)
    .sort((one, other) => one.number - other.number)
    .map((entry) => ({ entry, ...entryMatch(entry, flow, peer) }));
  const isTypeAsked = (entry: NetworkAclEntry) => asksForType(entry) && flow.protocol !== undefined;
  const matching = entries.filter(({ entry, answer }) => answer !== "no" && !isTypeAsked(entry));
  const sure = matching.find(({ answer }) => answer === "yes");
  const perhaps = sure === undefined ? matching : matching.slice(0, matching.indexOf(sure));
  if (sure?.entry.action === "allow" && perhaps.every(({ entry }) => entry.action === "allow")) {
    return { kind: "allow" };
  }
  if (perhaps.length > 0) {
    const lacking = perhaps.flatMap(({ missing }) => missing);
    const fields = ["protocol", "port", "address"].filter((field) => lacking.includes(field));
    return { kind: "unknown", caveats: fields.map((field) => `no-field ${field}`) };
  }
  const before = sure === undefined ? entries : entries.slice(0, entries.indexOf(sure));
  const isTypeUnknown = before.some(({ entry, answer }) => answer !== "no" && isTypeAsked(entry));
  return { kind: "deny", entry: sure?.entry, isTypeUnknown };
}

const asksForType = ({ protocol, icmpType = -1 }: NetworkAclEntry): boolean =>
  (protocol === 1 || protocol === 58) && icmpType !== -1;

/** Whether an entry is about a flow, types of ICMP apart, and the fields that one would need to be sure. */
function entryMatch(
  { protocol, fromPort, toPort = fromPort, cidr }: NetworkAclEntry,
  flow: FlowFacts,
  peer: NaiveAddress | undefined,
): { readonly answer: "yes" | "no" | "maybe"; readonly missing: readonly string[] } {
  const port = flow.dstport;
  const isAnyProtocol = protocol === -1;
  const isAnyPort = (protocol !== 6 && protocol !== 17) || fromPort === undefined || toPort === undefined;
  const isOther =
    (peer !== undefined && !isInside(peer, cidr)) ||
    (!isAnyProtocol && flow.protocol !== undefined && protocol !== flow.protocol) ||
    (!isAnyPort && port !== undefined && (port < fromPort || port > toPort));
  const missing = [
    ...(!isAnyProtocol && flow.protocol === undefined ? ["protocol"] : []),
    ...(!isAnyPort && port === undefined ? ["port"] : []),
    ...(peer === undefined ? ["address"] : []),
  ];
  return { answer: isOther ? "no" : missing.length > 0 ? "maybe" : "yes", missing };
}
