import type { FlowFacts, NetworkInterface, PrefixList, SecurityGroup, SecurityGroupRule } from "@tributary/context";
import { isInside, isSame, type NaiveAddress } from "./naive-address.js";
import { isMemberState, stateAt } from "./naive-timeline.js";

/** Everything that all snapshots hold, at one time. */
export interface NaiveWorld {
  readonly time: number;
  /** All states of all interfaces, groups and lists. */
  readonly interfaces: readonly NetworkInterface[];
  readonly groups: readonly SecurityGroup[];
  readonly prefixLists: readonly PrefixList[];
}

/** What one rule says to a flow, and what it would need to know to be sure. */
export interface NaiveMatch {
  readonly answer: "yes" | "no" | "maybe";
  readonly caveats: readonly string[];
}

const YES: NaiveMatch = { answer: "yes", caveats: [] };
const NO: NaiveMatch = { answer: "no", caveats: [] };
const maybe = (...caveats: string[]): NaiveMatch => ({ answer: "maybe", caveats });

/** Whether one rule of a group lets a flow with this port and other end through. */
export function naiveRuleMatch(
  rule: SecurityGroupRule,
  flow: FlowFacts,
  port: number | undefined,
  peer: NaiveAddress | undefined,
  recorder: NetworkInterface,
  world: NaiveWorld,
): NaiveMatch {
  const parts = [protocolMatch(rule, flow), portMatch(rule, port), peerMatch(rule, peer, recorder, world)];
  if (parts.some((part) => part.answer === "no")) return NO;
  if (parts.every((part) => part.answer === "yes")) return YES;
  return maybe(...parts.flatMap((part) => part.caveats));
}

function protocolMatch(rule: SecurityGroupRule, { protocol }: FlowFacts): NaiveMatch {
  if (rule.protocol === -1) return YES;
  if (protocol === undefined) return maybe("no-field protocol");
  return rule.protocol === protocol ? YES : NO;
}

function portMatch({ protocol, fromPort = -1, toPort = -1 }: SecurityGroupRule, port: number | undefined): NaiveMatch {
  if (fromPort === -1) return YES;
  if (protocol === 1 || protocol === 58) return maybe("icmp-type");
  if (protocol !== 6 && protocol !== 17) return YES;
  if (port === undefined) return maybe("no-field port");
  return fromPort <= port && port <= toPort ? YES : NO;
}

function peerMatch(
  { peer }: SecurityGroupRule,
  address: NaiveAddress | undefined,
  recorder: NetworkInterface,
  world: NaiveWorld,
): NaiveMatch {
  if (peer.kind === "group" && !peer.active) return NO;
  if (address === undefined) return maybe("no-field address");
  switch (peer.kind) {
    case "cidr":
      return isInside(address, peer.cidr) ? YES : NO;
    case "prefix-list": {
      const list = stateAt(world.prefixLists, peer.prefixListId, world.time);
      if (list?.cidrs === undefined) return maybe(`not-in-inventory prefix-list ${peer.prefixListId}`);
      return list.cidrs.some((cidr) => isInside(address, cidr)) ? YES : NO;
    }
    case "group":
      return memberMatch(peer.groupId, address, recorder, world);
  }
}

function memberMatch(
  groupId: string,
  address: NaiveAddress,
  recorder: NetworkInterface,
  world: NaiveWorld,
): NaiveMatch {
  const owners = privateOwners(address, world);
  if (owners.some((owner) => owner.groups.includes(groupId))) return YES;
  const isKnown =
    world.groups.some((group) => group.id === groupId) ||
    world.interfaces.some((state) => state.groups.includes(groupId));
  if (isKnown) return NO;
  const isOwnedHere = owners.some((owner) => owner.vpcId !== undefined && owner.vpcId === recorder.vpcId);
  return isOwnedHere ? NO : maybe(`not-in-inventory group-members ${groupId}`);
}

/** The interfaces that have an address as a private one at the world's time, gone ones not. */
export function privateOwners(address: NaiveAddress, world: NaiveWorld): readonly NetworkInterface[] {
  return world.interfaces.filter(
    (state) => hasPrivateAddress(state, address) && isMemberState(state, world.interfaces, world.time),
  );
}

/** Whether a state of an interface has an address, public ones not counted. */
export function hasPrivateAddress(state: NetworkInterface, address: NaiveAddress): boolean {
  return (
    state.addresses.some((own) => isSame(address, own)) || state.prefixes.some((prefix) => isInside(address, prefix))
  );
}
