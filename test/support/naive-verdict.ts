import type {
  Basis,
  Dated,
  Direction,
  FlowFacts,
  InventorySnapshot,
  NetworkInterface,
  SecurityGroup,
} from "@tributary/context";
import { isInside, isSame, naiveAddress } from "./naive-address.js";
import { naiveFinding, otherDirection } from "./naive-finding.js";
import { naiveNames } from "./naive-names.js";
import { aclOfSubnet } from "./naive-network-acl.js";
import { stateAt, statesOf } from "./naive-timeline.js";
import type { PlainExplanation } from "./plain-explanation.js";

/** Explains a flow by looking at every rule, every interface and every state, each time anew. `time` is in ms. */
export function naiveExplanation(
  snapshots: readonly InventorySnapshot[],
  flow: FlowFacts,
  time: number,
): PlainExplanation {
  const world = {
    time,
    interfaces: snapshots.flatMap((snapshot) => snapshot.interfaces),
    groups: snapshots.flatMap((snapshot) => snapshot.groups),
    prefixLists: snapshots.flatMap((snapshot) => snapshot.prefixLists),
  };
  const acls = snapshots.flatMap((snapshot) => snapshot.networkAcls);
  const rejectReason = flow.action === "REJECT" ? rejectReasonOf(flow) : undefined;
  const recorder = flow.interfaceId === undefined ? undefined : stateAt(world.interfaces, flow.interfaceId, time);
  if (recorder === undefined) {
    const direction = flow.flowDirection;
    return {
      ...UNKNOWN,
      direction,
      rejectReason,
      caveats: flow.interfaceId === undefined ? ["no-field interface-id"] : [],
      ...naiveNames(flow, direction, undefined, world),
    };
  }

  const groups = recorder.groups.map(
    (id): SecurityGroup => stateAt(world.groups, id, time) ?? { id, asOf: recorder.asOf },
  );
  const acl = aclOfSubnet(acls, recorder.subnetId, time);
  const listIds = groups
    .flatMap((group) => group.rules ?? [])
    .flatMap(({ peer }) => (peer.kind === "prefix-list" ? [peer.prefixListId] : []));
  const used: readonly Dated[] = [
    recorder,
    ...groups,
    ...(acl === undefined ? [] : [acl]),
    ...listIds.map((id) => stateAt(world.prefixLists, id, time)).filter((list) => list !== undefined),
  ];
  const firsts: readonly (Dated | undefined)[] = [
    statesOf(world.interfaces, recorder.id)[0],
    ...recorder.groups.map((id) => statesOf(world.groups, id)[0]),
    acl === undefined ? undefined : statesOf(acls, acl.id)[0],
    ...listIds.map((id) => statesOf(world.prefixLists, id)[0]),
  ];
  const isLater = firsts.some((first) => first !== undefined && time < first.asOf);
  const isGone = statesOf(world.interfaces, recorder.id).at(-1)?.until !== undefined;
  const basis: Basis = isLater ? "later" : isGone ? "tombstone" : "exact";

  const direction = directionOf(flow, recorder);
  const finding = naiveFinding({ flow, direction, recorder, groups, acl, world });
  const { asReply = false } = finding;
  const looked = asReply ? otherDirection(direction) : direction;
  return {
    verdict: finding.verdict,
    likely: finding.likely ?? false,
    direction,
    basis,
    asOf: Math.max(...used.map((state) => state.asOf)),
    collectedAt: Math.max(
      ...snapshots
        .filter((snapshot) => snapshot.interfaces.some((state) => state.id === recorder.id))
        .map((snapshot) => snapshot.collectedAt),
    ),
    interfaceType: recorder.type,
    groups: groups.map((group) => group.id),
    groupsAsOf: groups.map((group) => group.asOf),
    recorderAsOf: recorder.asOf,
    rules: finding.rules ?? [],
    asReply,
    rulesConsidered: groups.flatMap((group) => group.rules ?? []).filter((rule) => rule.direction === looked).length,
    acl: finding.acl,
    rejectReason,
    caveats: inOrder(finding.caveats ?? []),
    ...naiveNames(flow, direction, recorder, world),
  };
}

const UNKNOWN: PlainExplanation = {
  verdict: "unknown-interface",
  likely: false,
  direction: undefined,
  basis: undefined,
  asOf: undefined,
  collectedAt: undefined,
  interfaceType: undefined,
  groups: [],
  groupsAsOf: [],
  recorderAsOf: undefined,
  rules: [],
  asReply: false,
  rulesConsidered: 0,
  acl: undefined,
  rejectReason: undefined,
  caveats: [],
  srcName: undefined,
  dstName: undefined,
};

function rejectReasonOf({ others = [] }: FlowFacts): string | undefined {
  const at = others.findIndex((text, index) => index % 2 === 0 && text === "reject-reason");
  const reason = at < 0 ? undefined : others[at + 1];
  return reason === "-" ? undefined : reason;
}

function directionOf(flow: FlowFacts, recorder: NetworkInterface): Direction | undefined {
  if (flow.flowDirection !== undefined) return flow.flowDirection;
  const toItself = isOwn(flow.dstaddr ?? flow.pktDstaddr, recorder);
  const fromItself = isOwn(flow.srcaddr ?? flow.pktSrcaddr, recorder);
  if (toItself === fromItself) return undefined;
  return toItself ? "ingress" : "egress";
}

function isOwn(text: string | undefined, { addresses, publicAddresses, prefixes }: NetworkInterface): boolean {
  if (text === undefined) return false;
  const address = naiveAddress(text);
  return (
    [...addresses, ...publicAddresses].some((own) => isSame(address, own)) ||
    prefixes.some((prefix) => isInside(address, prefix))
  );
}

const CAVEAT_ORDER = ["no-field", "ports-of-a-first-packet", "icmp-type", "not-in-inventory"];

function inOrder(caveats: readonly string[]): readonly string[] {
  return CAVEAT_ORDER.flatMap((kind) => [...new Set(caveats)].filter((caveat) => caveat.startsWith(kind)));
}
