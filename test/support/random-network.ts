import type {
  Dated,
  InventorySnapshot,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  SecurityGroup,
} from "@tributary/context";
import { INVENTORY_PARTS } from "@tributary/context";
import { randomEntries, randomRules } from "./random-rules.js";
import type { SeededRandom } from "./seeded-random.js";

/** Collections come a minute apart, and the networks live for this many. */
export const MINUTES = 12;
const BEGIN = Date.UTC(2026, 0, 5);
/** ms of a collection. */
export const minute = (number: number): number => BEGIN + number * 60_000;
/** A second account's collections begin half a minute later, so that no two states of one id begin together. */
const PHASE = 30_000;

const VPCS = ["vpc-a", "vpc-b", "vpc-c"] as const;
const GROUP_IDS = ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"] as const;
/** Interfaces may have this one, and no inventory knows it. */
const UNLISTED_GROUP = "sg-unlisted";
const LIST_IDS = ["pl-1", "pl-2", "pl-3"] as const;
const LIST_CIDRS = [
  "10.0.0.0/24",
  "10.0.1.4/30",
  "198.51.100.0/25",
  "203.0.113.7/32",
  "2001:db8::/64",
  "::/0",
] as const;
const TYPES = ["interface", "interface", "interface", "nat_gateway", "lambda", "transit_gateway"] as const;

/** One account's part, while it is filled. */
interface Part {
  readonly interfaces: NetworkInterface[];
  readonly groups: SecurityGroup[];
  readonly prefixLists: PrefixList[];
  readonly networkAcls: NetworkAcl[];
}

/** A small network whose states change over the minutes, in one or more snapshots. */
export function randomNetwork(random: SeededRandom): readonly InventorySnapshot[] {
  const count = random.pick([1, 1, 2, 3]);
  // EC2's default limit is 60 a group and direction; few are enough for most cases, and cheaper.
  const mostRules = random.chance(0.05) ? 120 : 6;
  const parts = random.list(count, (): Part => ({ interfaces: [], groups: [], prefixLists: [], networkAcls: [] }));
  /** Puts all states of a thing into one part, and now and then others of the same thing into a second one. */
  const place = (put: (part: Part, phase: number) => void) => {
    const [first, second] = random.chance(0.5) ? parts : [...parts].reverse();
    if (first !== undefined) put(first, 0);
    if (second !== undefined && random.chance(0.15)) put(second, PHASE);
  };

  for (let index = random.integer(3, 8); index > 0; index--) {
    // Who has another's addresses does not come at the same moment.
    const host = random.chance(0.1) ? index - 1 : index;
    const delay = host === index ? 0 : 10_000;
    const make = interfaceMaker(random, index, host);
    place((part, phase) => part.interfaces.push(...timeline(random, phase + delay, make)));
  }
  for (const id of random.some(GROUP_IDS, random.pick([5, 6, 6]))) {
    const name = random.chance(0.5) ? { name: `group ${id}` } : {};
    place((part, phase) =>
      part.groups.push(
        ...timeline(random, phase, (state) => {
          const rules = randomRules(random, `${id}-${phase}-${state}`, mostRules);
          return { id, ...name, ...(random.chance(0.04) ? {} : { rules }) };
        }),
      ),
    );
  }
  for (const id of random.some(LIST_IDS, random.integer(1, 3))) {
    place((part, phase) =>
      part.prefixLists.push(
        ...timeline(random, phase, () => ({
          id,
          ...(random.chance(0.15) ? {} : { cidrs: random.some(LIST_CIDRS, random.integer(0, 3)) }),
        })),
      ),
    );
  }
  for (const vpc of VPCS) {
    for (const number of [1, 2]) {
      if (random.chance(0.25)) continue;
      const subnets = number === 1 ? [`${vpc}-1`, `${vpc}-2`] : [`${vpc}-2`];
      // A subnet has one ACL. Where two claim it here, the younger one tells, so none are of one age.
      const delay = number * 10_000;
      place((part, phase) =>
        part.networkAcls.push(
          ...timeline(random, phase + delay, () => ({
            id: `acl-${vpc}-${number}`,
            vpcId: vpc,
            subnetIds: subnets.filter(() => random.chance(0.7)),
            entries: randomEntries(random),
          })),
        ),
      );
    }
  }

  return parts.map((part, index) => ({
    accountId: `12345678901${index}`,
    region: "eu-west-1",
    collectedAt: minute(MINUTES) + index * random.pick([1, -1]) * PHASE,
    missing: random.chance(0.2) ? random.some(INVENTORY_PARTS, 2) : [],
    ...part,
  }));
}

/** One to three states after each other, with or without gaps; every fifth thing is gone at the end. */
function timeline<T extends object>(
  random: SeededRandom,
  phase: number,
  make: (index: number) => T,
): readonly (T & Dated)[] {
  const begins = random.some(
    random.list(MINUTES, (index) => index),
    random.pick([1, 1, 1, 2, 3]),
  );
  return begins.map((begin, index) => {
    const next = begins[index + 1];
    const ends = next ?? (random.chance(0.2) ? random.integer(begin + 1, MINUTES) : undefined);
    const end = next !== undefined && random.chance(0.3) ? random.integer(begin + 1, next) : ends;
    const dated = { asOf: minute(begin) + phase, ...(end === undefined ? {} : { until: minute(end) + phase }) };
    return { ...make(index), ...dated };
  });
}

/** Interfaces of different VPCs share addresses; so do, now and then, two of one subnet, as when the second comes after the first. */
function interfaceMaker(random: SeededRandom, index: number, host: number): () => Omit<NetworkInterface, keyof Dated> {
  const vpc = random.pick(VPCS);
  const subnet = random.integer(0, 1);
  const own = {
    id: `eni-${index}`,
    ...(random.chance(0.03) ? {} : { vpcId: vpc, subnetId: `${vpc}-${subnet + 1}` }),
    ...(random.chance(0.8) ? { name: `host ${index}` } : {}),
    type: random.pick(TYPES),
    tags: {},
  };
  const isGroupless = random.chance(0.12);
  return () => ({
    ...own,
    addresses: [
      `10.0.${subnet}.${3 + host}`,
      ...(random.chance(0.4) ? [`10.0.${subnet}.${20 + host}`] : []),
      ...(random.chance(0.4) ? [`2001:db8:0:${subnet}::${3 + host}`] : []),
    ],
    prefixes: [
      ...(random.chance(0.2) ? [`10.0.${subnet}.${16 * (3 + host)}/28`] : []),
      ...(random.chance(0.1) ? [`2001:db8:0:${subnet}:${host}::/80`] : []),
    ],
    publicAddresses: random.chance(0.4) ? [`198.51.100.${3 + host}`] : [],
    groups: isGroupless
      ? []
      : random.some(random.chance(0.1) ? [...GROUP_IDS, UNLISTED_GROUP] : GROUP_IDS, random.pick([1, 1, 2, 3])),
  });
}
