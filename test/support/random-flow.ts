import type {
  Direction,
  FlowFacts,
  InventorySnapshot,
  NetworkInterface,
  PrefixList,
  SecurityGroup,
  SecurityGroupRule,
} from "@tributary/context";
import { addressText, edgesOf, naiveAddress } from "./naive-address.js";
import { MINUTES, minute } from "./random-network.js";
import { PORTS } from "./random-rules.js";
import type { SeededRandom } from "./seeded-random.js";

const FLAGS = [0, 1, 2, 2, 3, 4, 7, 18, 18, 19] as const;
const PROTOCOLS = [6, 6, 6, 17, 1, 58, 47, 50, 132] as const;
const FOREIGN = ["203.0.113.7", "192.0.2.1", "2001:db8:ffff::1", "::ffff:10.0.0.5", "255.255.255.255"] as const;
const OTHERS = [
  ["ecs-task-id", "reject-reason", "reject-reason", "BPA"],
  ["reject-reason", "-"],
  [],
  undefined,
] as const;

/** One flow at one time, ms. */
export interface TimedFlow {
  readonly flow: FlowFacts;
  readonly time: number;
}

/** What a flow is made of, before the log leaves something out. */
interface Traffic {
  readonly direction: Direction;
  readonly protocol: number;
  /** At the service's end. */
  readonly port: number;
  readonly peer: string;
  /** Whether it comes from the service. */
  readonly isReply: boolean;
}

/** Draws flows that meet the rules of a network: its addresses, and the edges of its CIDRs, port ranges and states. */
export class RandomFlows {
  readonly #interfaces: readonly NetworkInterface[];
  readonly #groups: readonly SecurityGroup[];
  readonly #lists: readonly PrefixList[];
  readonly #addresses: readonly string[];
  readonly #entryCidrs: readonly string[];
  /** How likely the log of the next flow lacks a field. */
  #lack = 0;

  constructor(
    readonly random: SeededRandom,
    snapshots: readonly InventorySnapshot[],
  ) {
    this.#interfaces = snapshots.flatMap((snapshot) => snapshot.interfaces);
    this.#groups = snapshots.flatMap((snapshot) => snapshot.groups);
    this.#lists = snapshots.flatMap((snapshot) => snapshot.prefixLists);
    this.#addresses = this.#interfaces.flatMap(addressesOf);
    this.#entryCidrs = snapshots.flatMap(({ networkAcls }) =>
      networkAcls.flatMap(({ entries }) => entries.map((entry) => entry.cidr)),
    );
  }

  next(): TimedFlow {
    const { random } = this;
    this.#lack = random.chance(0.3) ? 0.3 : 0.01;
    const state = random.pick(this.#interfaces);
    const { direction, protocol, port, peer, isReply } = this.#traffic(state);
    const near = random.chance(0.98) ? this.#own(state, peer) : random.pick(FOREIGN);
    const far = random.chance(0.99) ? peer : near;
    const [source, destination] = direction === "ingress" ? [far, near] : [near, far];
    const other = this.#otherPort(protocol);
    const flow: FlowFacts = {
      interfaceId: random.chance(0.98) ? state.id : random.pick([undefined, "eni-unlisted"]),
      ...this.#ends(this.#spelling(source), this.#spelling(destination)),
      srcport: this.#logged(isReply ? port : other),
      dstport: this.#logged(isReply ? other : port),
      protocol: this.#logged(protocol),
      action: this.#logged(random.pick(["ACCEPT", "REJECT"] as const)),
      tcpFlags: random.chance(0.4) ? undefined : random.pick(protocol === 6 ? FLAGS : [0, 0, 2, 18]),
      flowDirection: random.chance(0.25) ? undefined : random.chance(0.97) ? direction : "egress",
      others: random.chance(0.8) ? undefined : random.pick(OTHERS),
    };
    return { flow, time: this.#time() };
  }

  /** Mostly what one of the interface's rules is about, or what only resembles it. */
  #traffic(state: NetworkInterface): Traffic {
    const { random } = this;
    const rules = this.#groups.flatMap(({ id, rules = [] }) => (state.groups.includes(id) ? rules : []));
    const rule = random.chance(0.85) && rules.length > 0 ? random.pick(rules) : undefined;
    const isReply = random.chance(0.4);
    const isAsRuled = isReply === (rule?.direction === "egress") ? "ingress" : "egress";
    const protocol = random.chance(0.9) ? rule?.protocol : undefined;
    return {
      direction: rule === undefined || random.chance(0.05) ? random.pick(["ingress", "egress"]) : isAsRuled,
      protocol: protocol === undefined || protocol === -1 ? random.pick(PROTOCOLS) : protocol,
      port: this.#servicePort(rule, protocol),
      peer: this.#peer(rule),
      isReply,
    };
  }

  #servicePort(rule: SecurityGroupRule | undefined, protocol = 6): number {
    const { random } = this;
    if (protocol !== 6 && protocol !== 17 && protocol !== -1) return 0;
    const edge = rule?.fromPort === undefined ? random.pick(PORTS) : random.pick([rule.fromPort, rule.toPort ?? 0]);
    return Math.min(Math.max(edge + random.pick([0, 0, 0, 0, -1, 1]), 0), 65_535);
  }

  #otherPort(protocol: number): number {
    const { random } = this;
    if (protocol !== 6 && protocol !== 17) return 0;
    return random.chance(0.7) ? random.integer(32_760, 61_000) : random.pick(PORTS);
  }

  #peer(rule: SecurityGroupRule | undefined): string {
    const { random } = this;
    const cidrs = rule === undefined || random.chance(0.2) ? this.#entryCidrs : this.#cidrsOf(rule);
    if (cidrs.length > 0 && random.chance(0.8)) return random.pick(edgesOf(random.pick(cidrs)));
    return random.chance(0.9) ? random.pick(this.#addresses) : random.pick(FOREIGN);
  }

  #cidrsOf({ peer }: SecurityGroupRule): readonly string[] {
    switch (peer.kind) {
      case "cidr":
        return [peer.cidr];
      case "prefix-list":
        return this.#lists.flatMap((list) => (list.id === peer.prefixListId ? (list.cidrs ?? []) : []));
      case "group":
        return this.#interfaces
          .filter((state) => state.groups.includes(peer.groupId))
          .flatMap((state) => [...state.addresses.map(asCidr), ...state.prefixes]);
    }
  }

  /** With packet-level addresses that are absent, the same, or others, as behind a NAT or transit gateway. */
  #ends(srcaddr: string, dstaddr: string): Pick<FlowFacts, "srcaddr" | "dstaddr" | "pktSrcaddr" | "pktDstaddr"> {
    const { random } = this;
    const logged = { srcaddr: this.#logged(srcaddr), dstaddr: this.#logged(dstaddr) };
    const draw = random.next();
    if (draw < 0.45) return { ...logged, pktSrcaddr: undefined, pktDstaddr: undefined };
    if (draw < 0.8) return { ...logged, pktSrcaddr: srcaddr, pktDstaddr: dstaddr };
    if (draw < 0.85) return { srcaddr: undefined, dstaddr: undefined, pktSrcaddr: srcaddr, pktDstaddr: dstaddr };
    return {
      ...logged,
      pktSrcaddr: random.pick([undefined, srcaddr, random.pick(this.#addresses), random.pick(FOREIGN)]),
      pktDstaddr: random.pick([undefined, dstaddr, random.pick(this.#addresses), random.pick(FOREIGN)]),
    };
  }

  /** An address of the interface, of the other end's version if it has one. */
  #own(state: NetworkInterface, peer: string): string {
    const own = addressesOf(state);
    const alike = own.filter((address) => address.includes(":") === peer.includes(":"));
    return this.random.pick(alike.length > 0 ? alike : own);
  }

  /** The value, or undefined, as when the log lacks the field. */
  #logged<T>(value: T): T | undefined {
    return this.random.chance(this.#lack) ? undefined : value;
  }

  /** The address, IPv6 now and then written in full. */
  #spelling(address: string): string {
    return this.random.chance(0.2) ? addressText(naiveAddress(address)) : address;
  }

  /** Often the end, when most is known; else anything, and the edges of states. */
  #time(): number {
    const { random } = this;
    if (random.chance(0.4)) return minute(MINUTES) + 1;
    return minute(0) + random.integer(-1, 2 * MINUTES) * 30_000 + random.pick([0, 0, -1, 1]);
  }
}

const asCidr = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

function addressesOf({ addresses, publicAddresses, prefixes }: NetworkInterface): readonly string[] {
  return [...addresses, ...publicAddresses, ...prefixes.map((prefix) => edgesOf(prefix)[1] ?? "")];
}
