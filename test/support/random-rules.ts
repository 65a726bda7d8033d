import type { NetworkAclEntry, RulePeer, SecurityGroupRule } from "@tributary/context";
import { addressText, naiveAddress } from "./naive-address.js";
import type { SeededRandom } from "./seeded-random.js";

/** Ports that rules begin or end at. */
export const PORTS = [0, 22, 53, 80, 443, 1024, 5432, 32_767, 32_768, 50_000, 65_535] as const;

const CIDRS = [
  "0.0.0.0/0",
  "0.0.0.0/0",
  "0.0.0.0/0",
  "::/0",
  "10.0.0.0/8",
  "10.0.0.0/24",
  "10.0.1.0/24",
  "10.0.0.4/31",
  "10.0.0.5/32",
  "10.0.1.7/29",
  "128.0.0.0/1",
  "198.51.100.0/25",
  "198.51.100.7/32",
  "255.255.255.255/32",
  "2001:db8::/32",
  "2001:db8::/64",
  "2001:db8:0:1::5/128",
  "2001:db8::4/127",
  "::ffff:0:0/96",
] as const;
/** Addresses that a CIDR of any length may begin with. */
const SEEDS = ["10.0.0.6", "10.0.1.5", "198.51.100.9", "203.0.113.200", "2001:db8::6", "2001:db8:0:1:ffff::1"] as const;
const RULE_PROTOCOLS = [-1, 6, 6, 6, 6, 17, 17, 1, 1, 58, 47, 50] as const;
const PING = { icmpType: 8, icmpCode: -1 } as const;
const ENTRY_PROTOCOLS = [-1, 6, 6, 17, 1, 1, 58, 47] as const;

/** Rules of a group, at most so many and one for all egress; ids begin with `prefix`. Some say the same again. */
export function randomRules(random: SeededRandom, prefix: string, most: number): readonly SecurityGroupRule[] {
  const rules: SecurityGroupRule[] = [];
  const count = random.integer(0, most);
  for (let index = 0; index < count; index++) {
    const before = rules.at(-1);
    const id = `${prefix}-${index}`;
    const direction = random.pick(["ingress", "egress"] as const);
    if (before !== undefined && random.chance(0.1)) rules.push({ ...before, id });
    else rules.push({ id, direction, ...randomTraffic(random), peer: randomPeer(random) });
  }
  if (random.chance(0.35)) {
    rules.push({ id: `${prefix}-all`, direction: "egress", protocol: -1, peer: { kind: "cidr", cidr: "0.0.0.0/0" } });
  }
  return rules;
}

function randomTraffic(random: SeededRandom): Pick<SecurityGroupRule, "protocol" | "fromPort" | "toPort"> {
  const protocol = random.pick(RULE_PROTOCOLS);
  if (random.chance(0.15)) return { protocol, fromPort: -1, toPort: -1 };
  if (protocol === 1 || protocol === 58) {
    return random.chance(0.4) ? { protocol } : { protocol, fromPort: 8, toPort: random.pick([-1, 0]) };
  }
  if (protocol !== 6 && protocol !== 17) return { protocol };
  return random.chance(0.1) ? { protocol } : { protocol, ...randomPorts(random) };
}

function randomPorts(random: SeededRandom): { readonly fromPort: number; readonly toPort: number } {
  const one = random.pick(PORTS);
  const two = random.chance(0.4) ? one : random.pick(PORTS);
  return { fromPort: Math.min(one, two), toPort: Math.max(one, two) };
}

function randomPeer(random: SeededRandom): RulePeer {
  const draw = random.next();
  if (draw < 0.6) return { kind: "cidr", cidr: randomCidr(random) };
  if (draw < 0.75) return { kind: "prefix-list", prefixListId: random.pick(["pl-1", "pl-2", "pl-3", "pl-unlisted"]) };
  const groupId = random.pick(["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6", "sg-unlisted", "sg-peered"]);
  const peering = groupId === "sg-peered" ? { vpcId: "vpc-peered", accountId: "210987654321" } : {};
  return { kind: "group", groupId, ...peering, active: random.chance(0.9) };
}

function randomCidr(random: SeededRandom): string {
  if (random.chance(0.7)) return random.pick(CIDRS);
  const { version, value } = naiveAddress(random.pick(SEEDS));
  const width = version === 4 ? 32 : 128;
  const bits = random.integer(0, width);
  const host = BigInt(width - bits);
  return `${addressText({ version, value: (value >> host) << host })}/${bits}`;
}

/** Entries of a network ACL in any order; their numbers say how they are tried. */
export function randomEntries(random: SeededRandom): readonly NetworkAclEntry[] {
  const numbers = random.some([90, 100, 110, 120, 200, 300], random.integer(0, 5));
  const entries = (["ingress", "egress"] as const).flatMap((direction) => [
    ...numbers.map((number): NetworkAclEntry => ({ number, direction, ...randomEntry(random) })),
    ...everything(random, direction),
  ]);
  return random.chance(0.5) ? entries : entries.reverse();
}

function randomEntry(random: SeededRandom): Omit<NetworkAclEntry, "number" | "direction"> {
  const protocol = random.pick(ENTRY_PROTOCOLS);
  const hasPorts = (protocol === 6 || protocol === 17) && random.chance(0.8);
  const isIcmp = protocol === 1 || protocol === 58;
  const icmp = random.pick([{}, { icmpType: -1, icmpCode: -1 }, PING, PING]);
  return {
    protocol,
    ...(hasPorts ? randomPorts(random) : {}),
    ...(isIcmp ? icmp : {}),
    cidr: isIcmp && random.chance(0.6) ? "0.0.0.0/0" : randomCidr(random),
    action: random.chance(0.5) ? "allow" : "deny",
  };
}

/** What most ACLs end with: an entry that allows all, and the one that denies the rest. */
function everything(random: SeededRandom, direction: "ingress" | "egress"): readonly NetworkAclEntry[] {
  const all = { direction, protocol: -1, cidr: "0.0.0.0/0" };
  return [
    ...(random.chance(0.5) ? [{ ...all, number: 1000, action: "allow" as const }] : []),
    ...(random.chance(0.5) ? [{ ...all, number: 32_767, action: "deny" as const }] : []),
  ];
}
