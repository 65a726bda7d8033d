import type { VpcFlow } from "@tributary/flow";
import fc from "fast-check";
import { isInside, type NaiveAddress, naiveAddress } from "./naive-address.js";

/** What can be looked for in a flow, as texts and numbers. */
export interface NaiveFlow {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly protocol: number | undefined;
  readonly account: string | undefined;
  readonly interface: string | undefined;
  readonly action: string | undefined;
}

/** A term as one would type it, and what it means, worked out in the plainest way. */
export interface NaiveTerm {
  readonly text: string;
  readonly holds: (flow: NaiveFlow) => boolean;
}

export function naiveFlow(flow: VpcFlow, account?: string): NaiveFlow {
  const texts = (...values: readonly (string | undefined)[]) => values.filter((value) => value !== undefined);
  return {
    sources: texts(flow.srcaddr, flow.pktSrcaddr),
    destinations: texts(flow.dstaddr, flow.pktDstaddr),
    sourcePort: flow.srcport,
    destinationPort: flow.dstport,
    protocol: flow.protocol,
    account: flow.accountId ?? account,
    interface: flow.interfaceId,
    action: flow.action,
  };
}

/** Whether every list has a term that holds. */
export function naivelyMatches(lists: readonly (readonly NaiveTerm[])[], flow: NaiveFlow): boolean {
  return lists.every((terms) => terms.some(({ holds }) => holds(flow)));
}

/** The lists as texts for the command line. */
export function textsOf(lists: readonly (readonly NaiveTerm[])[]): readonly string[] {
  return lists.map((terms) => terms.map(({ text }) => text).join(","));
}

const MAPPED = 0xffffn;

/** An IPv4-mapped address means the IPv4 address in it. */
export function meantAddress(text: string): NaiveAddress {
  const address = naiveAddress(text);
  const isMapped = address.version === 6 && address.value >> 32n === MAPPED;
  return isMapped ? { version: 4, value: address.value & 0xffff_ffffn } : address;
}

const BLOCKS = [
  "10.0.1.5",
  "10.0.1.5/32",
  "10.0.1.4/30",
  "10.0.0.0/8",
  "198.51.100.7",
  "0.0.0.0/0",
  "128.0.0.0/1",
  "::1",
  "2001:db8::1",
  "2001:db8::/32",
  "8000::/1",
  "fe80::/10",
  "203.0.113.0/24",
];

const block = fc.oneof(
  fc.constantFrom(...BLOCKS),
  fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([address, bits]) => `${address}/${bits}`),
);

type End = "" | "src:" | "dst:";
const end = fc.constantFrom<End>("", "", "src:", "dst:");

const addressTerm = fc.tuple(end, block).map(([side, cidr]): NaiveTerm => {
  const whole = cidr.includes("/") ? cidr : `${cidr}/${cidr.includes(":") ? 128 : 32}`;
  const holds = (addresses: readonly string[]) => addresses.some((address) => isInside(meantAddress(address), whole));
  return {
    text: side + cidr,
    holds: ({ sources, destinations }) =>
      (side !== "dst:" && holds(sources)) || (side !== "src:" && holds(destinations)),
  };
});

const portTerm = fc
  .tuple(end, fc.nat({ max: 65_535 }), fc.oneof(fc.constant(0), fc.nat({ max: 20_000 })))
  .map(([side, first, more]): NaiveTerm => {
    const last = Math.min(65_535, first + more);
    const holds = (port: number | undefined) => port !== undefined && port >= first && port <= last;
    return {
      text: `${side}${first}${last === first ? "" : `-${last}`}`,
      holds: ({ sourcePort, destinationPort }) =>
        (side !== "dst:" && holds(sourcePort)) || (side !== "src:" && holds(destinationPort)),
    };
  });

const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: 6,
  UDP: 17,
  icmp: 1,
  icmpv6: 58,
  gre: 47,
  "protocol:50": 50,
};
const protocolTerm = fc
  .constantFrom(...Object.entries(PROTOCOLS))
  .map(([text, number]): NaiveTerm => ({ text, holds: ({ protocol }) => protocol === number }));

const accountTerm = fc
  .constantFrom("123456789012", "210987654321", "000000000001", "333344445555")
  .map((account): NaiveTerm => ({ text: account, holds: (flow) => flow.account === account }));

const interfaceTerm = fc.constantFrom("1", "2", "9").map((suffix): NaiveTerm => {
  const id = `eni-0a1b2c3d4e5f6071${suffix}`;
  return { text: id, holds: (flow) => flow.interface === id };
});

const actionTerm = fc
  .constantFrom("ACCEPT", "REJECT")
  .map((action): NaiveTerm => ({ text: action.toLowerCase(), holds: (flow) => flow.action === action }));

const term = fc.oneof(
  { weight: 4, arbitrary: addressTerm },
  { weight: 2, arbitrary: portTerm },
  protocolTerm,
  accountTerm,
  interfaceTerm,
  actionTerm,
);

/** What to look for: one to three lists of one to four terms. */
export const naiveMatch: fc.Arbitrary<readonly (readonly NaiveTerm[])[]> = fc.array(
  fc.array(term, { minLength: 1, maxLength: 4 }),
  { minLength: 1, maxLength: 3 },
);
