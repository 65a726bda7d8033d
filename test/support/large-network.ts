import type { InventorySnapshot, NetworkInterface, SecurityGroup, SecurityGroupRule } from "@tributary/context";
import { SeededRandom } from "../../packages/cli/src/sample/random.js";

/** How large a network to make. */
export interface NetworkSize {
  readonly interfaces: number;
  readonly groups: number;
  /** Rules of each group, both directions together: lowest and highest. */
  readonly rules: readonly [number, number];
  /** Groups of each interface: lowest and highest. */
  readonly groupsOfInterface: readonly [number, number];
  /** Sets of groups that interfaces share, as those of one service do; as many as groups unless told otherwise. */
  readonly services?: number;
}

/** The network that the budgets name. */
export const LARGE: NetworkSize = {
  interfaces: 5000,
  groups: 1000,
  rules: [20, 60],
  groupsOfInterface: [1, 5],
  services: 1000,
};
/** Every interface as crowded as the budgets name. */
export const CROWDED: NetworkSize = {
  interfaces: 200,
  groups: 40,
  rules: [60, 60],
  groupsOfInterface: [5, 5],
  services: 40,
};

const AT = Date.UTC(2026, 3, 1);
const ACCOUNT = "111122223333";
const VPC = "vpc-0a1b2c3d4e5f60001";
const PORTS = [22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9092, 9200];
const INTERFACES_OF_SUBNET = 200;

const id = (kind: string, index: number): string => `${kind}-0a1b2c3d4e${index.toString(16).padStart(7, "0")}`;
const address = (index: number): string => `10.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

/** One account's inventory of the given size, the same for the same seed. */
export function largeNetwork(size: NetworkSize, seed = "network"): InventorySnapshot {
  const random = new SeededRandom(seed);
  const groups = Array.from({ length: size.groups }, (_, index) => group(index, size, random));
  const services = Array.from({ length: size.services ?? size.groups }, () => {
    const count = random.between(...size.groupsOfInterface);
    const first = random.between(0, size.groups - 1);
    return Array.from({ length: count }, (_, offset) => id("sg", (first + offset * 7) % size.groups));
  });
  const interfaces = Array.from({ length: size.interfaces }, (_, index): NetworkInterface => {
    return {
      id: id("eni", index),
      accountId: ACCOUNT,
      vpcId: VPC,
      subnetId: id("subnet", Math.floor(index / INTERFACES_OF_SUBNET)),
      addresses: [address(index)],
      prefixes: [],
      publicAddresses: [],
      groups: services[index % services.length] ?? [],
      name: `server-${index}`,
      type: "interface",
      instanceId: id("i", index),
      tags: {},
      asOf: AT,
    };
  });
  const subnetIds = [...new Set(interfaces.flatMap(({ subnetId }) => subnetId ?? []))];
  const open = (direction: "ingress" | "egress") =>
    ({ number: 100, direction, protocol: -1, cidr: "0.0.0.0/0", action: "allow" }) as const;
  return {
    accountId: ACCOUNT,
    region: "eu-central-1",
    collectedAt: AT,
    missing: [],
    interfaces,
    groups,
    prefixLists: [],
    networkAcls: [{ id: id("acl", 0), vpcId: VPC, subnetIds, entries: [open("ingress"), open("egress")], asOf: AT }],
  };
}

function group(index: number, { rules: [lowest, highest], groups }: NetworkSize, random: SeededRandom): SecurityGroup {
  const count = random.between(lowest, highest);
  const rules = Array.from({ length: count }, (_, number): SecurityGroupRule => {
    const direction = number % 3 === 2 ? "egress" : "ingress";
    const port = random.chance(0.7) ? random.pick(PORTS) : random.between(1024, 32_000);
    // A third octet that is a multiple of 16 is the beginning of any of these.
    const cidr = random.chance(0.2)
      ? `198.51.${random.between(0, 255)}.0/24`
      : `10.20.${random.between(0, 15) * 16}.0/${random.pick([20, 22, 24])}`;
    return {
      id: id("sgr", index * 100 + number),
      direction,
      protocol: random.chance(0.85) ? 6 : 17,
      fromPort: port,
      toPort: random.chance(0.8) ? port : port + random.between(1, 500),
      peer: random.chance(0.2)
        ? { kind: "group", groupId: id("sg", random.between(0, groups - 1)), active: true }
        : { kind: "cidr", cidr },
      description: `Rule ${number} of group ${index}`,
    };
  });
  return { id: id("sg", index), accountId: ACCOUNT, vpcId: VPC, name: `group-${index}`, rules, asOf: AT };
}

const USED_RULES = 6;

/** One flow of the network in the words of a flow log. */
export interface NetworkFlow {
  readonly recorder: NetworkInterface;
  readonly direction: "ingress" | "egress";
  readonly peer: string;
  readonly srcport: number;
  readonly dstport: number;
  readonly protocol: number;
  readonly action: "ACCEPT" | "REJECT";
  readonly tcpFlags: number;
}

/**
 * Traffic that such a network would log: six of ten flows let in or out by a rule, two of ten their replies, two of ten rejected knocks.
 */
export function networkTraffic(network: InventorySnapshot, flows: number, seed = "traffic"): readonly NetworkFlow[] {
  const random = new SeededRandom(seed);
  const groups = new Map(network.groups.map((each) => [each.id, each]));
  return Array.from({ length: flows }, (): NetworkFlow => {
    const recorder = random.pick(network.interfaces);
    const ephemeral = random.between(32_768, 60_999);
    if (random.chance(0.2)) {
      const knock = { direction: "ingress", peer: `203.0.113.${random.between(1, 254)}`, srcport: ephemeral } as const;
      return { recorder, ...knock, dstport: random.between(1, 1023), protocol: 6, action: "REJECT", tcpFlags: 2 };
    }
    // Of all that is open, a service uses a few.
    const open = recorder.groups.flatMap((each) => groups.get(each)?.rules ?? []);
    const rule = random.pick(open.slice(0, USED_RULES));
    const port = random.between(rule.fromPort ?? 0, rule.toPort ?? 0);
    const peer =
      rule.peer.kind === "cidr"
        ? rule.peer.cidr.replace(/\d+\/\d+$/, String(random.between(1, 254)))
        : (random.pick(network.interfaces).addresses[0] ?? "");
    const reply = random.chance(0.25);
    const direction = reply ? (rule.direction === "ingress" ? "egress" : "ingress") : rule.direction;
    const [srcport, dstport] = reply ? [port, ephemeral] : [ephemeral, port];
    const tcpFlags = rule.protocol !== 6 ? 0 : reply ? 18 : 2;
    return { recorder, direction, peer, srcport, dstport, protocol: rule.protocol, action: "ACCEPT", tcpFlags };
  });
}

/** A line of the 14 default fields. */
export function defaultNetworkLine(flow: NetworkFlow, start: number): string {
  const { recorder, srcport, dstport, protocol, action } = flow;
  const [src, dst] = ends(flow);
  return `2 ${recorder.accountId} ${recorder.id} ${src} ${dst} ${srcport} ${dstport} ${protocol} 10 4242 ${start} ${start + 59} ${action} OK`;
}

/** A line of the 29 fields of version 5, in the order of the documentation. */
export function fullNetworkLine(flow: NetworkFlow, start: number): string {
  const { recorder, direction, tcpFlags } = flow;
  const [src, dst] = ends(flow);
  const path = direction === "egress" ? "1" : "-";
  return `5${defaultNetworkLine(flow, start).slice(1)} ${recorder.vpcId} ${recorder.subnetId} ${recorder.instanceId} ${tcpFlags} IPv4 ${src} ${dst} eu-central-1 euc1-az1 - - - - ${direction} ${path}`;
}

function ends({ recorder, direction, peer }: NetworkFlow): readonly [src: string, dst: string] {
  const own = recorder.addresses[0] ?? "";
  return direction === "ingress" ? [peer, own] : [own, peer];
}
