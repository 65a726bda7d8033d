import type { Direction, FlowFacts, NetworkAcl, NetworkAclEntry, NetworkInterface } from "@tributary/context";
import { isInside, type NaiveAddress } from "./naive-address.js";
import { type NaiveWorld, privateOwners } from "./naive-rule-match.js";
import { nearest, stateAt } from "./naive-timeline.js";

/** What the network ACL of a subnet does with a flow. */
export type NaiveAclDecision =
  | { readonly kind: "allow" }
  | { readonly kind: "unknown" }
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
  if (acl === undefined) return { kind: "unknown" };
  let isTypeUnknown = false;
  const entries = acl.entries
    .filter((entry) => entry.direction === direction)
    .sort((one, other) => one.number - other.number);
  for (const entry of entries) {
    if (peer === undefined || !isInside(peer, entry.cidr)) continue;
    if (entry.protocol !== -1 && entry.protocol !== flow.protocol) continue;
    if (asksForType(entry)) {
      isTypeUnknown = true;
      continue;
    }
    if (!fitsPort(entry, flow.dstport)) continue;
    return entry.action === "allow" ? { kind: "allow" } : { kind: "deny", entry, isTypeUnknown };
  }
  return { kind: "deny", entry: undefined, isTypeUnknown };
}

const asksForType = ({ protocol, icmpType = -1 }: NetworkAclEntry): boolean =>
  (protocol === 1 || protocol === 58) && icmpType !== -1;

function fitsPort({ protocol, fromPort, toPort }: NetworkAclEntry, port: number | undefined): boolean {
  if ((protocol !== 6 && protocol !== 17) || fromPort === undefined) return true;
  return port !== undefined && fromPort <= port && port <= (toPort ?? fromPort);
}
