import { VPC_FIELDS } from "@tributary/flow";
import fc from "fast-check";
import { PLAIN_PROTOCOLS } from "./plain-mapping.js";
import { START } from "./transform-event.js";

/** Text that may stand in a field: no white space, and not the `-` that means absent. */
const word = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => !/\s/.test(text) && text !== "-");
const integer = (max: number) => fc.integer({ min: 0, max }).map(String);
const count = fc.oneof(integer(100_000), fc.maxSafeNat().map(String));
export const address = fc.oneof(
  { weight: 4, arbitrary: fc.ipV4() },
  { weight: 2, arbitrary: fc.ipV6().filter((text) => text.length <= 40) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "10.0.1.5",
      "10.0.1.6",
      "198.51.100.7",
      "::1",
      "2001:db8::1",
      "fe80::1",
      "::ffff:10.0.0.1",
      "64:ff9b::a00:1",
    ),
  },
);
const id = (prefix: string) => fc.constantFrom("1", "2", "3").map((suffix) => `${prefix}-0a1b2c3d4e5f6071${suffix}`);
const tag = fc.oneof(fc.string({ unit: "grapheme", minLength: 1 }).map(encodeURIComponent), fc.constant("100%"));

const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  version: fc.constantFrom("2", "3", "4", "5", "7", "8", "9", "10", "11"),
  "account-id": fc.constantFrom("123456789012", "210987654321", "000000000001", "unknown"),
  "interface-id": id("eni"),
  srcaddr: address,
  dstaddr: address,
  srcport: integer(65_535),
  dstport: integer(65_535),
  protocol: fc.constantFrom(...PLAIN_PROTOCOLS.map(String)),
  packets: count,
  bytes: count,
  start: fc.integer({ min: START - 3, max: START + 3 }).map(String),
  // Clocks may be off by a minute, so that a flow may seem to end before it starts.
  end: fc.oneof(fc.integer({ min: START - 4, max: START + 4 }), fc.constant(START + 5000)).map(String),
  action: fc.constantFrom("ACCEPT", "REJECT"),
  "log-status": fc.constantFrom("OK", "OK", "OK", "NODATA", "SKIPDATA"),
  "vpc-id": id("vpc"),
  "subnet-id": id("subnet"),
  "instance-id": id("i"),
  "tcp-flags": fc.oneof(fc.constantFrom("0", "1", "2", "3", "4", "7", "18", "19"), integer(65_535)),
  type: fc.oneof({ weight: 8, arbitrary: fc.constantFrom("IPv4", "IPv6", "EFA") }, { weight: 1, arbitrary: word }),
  "pkt-srcaddr": address,
  "pkt-dstaddr": address,
  region: fc.constantFrom("eu-west-1", "us-east-1"),
  "az-id": fc.constantFrom("euw1-az1", "euw1-az2"),
  "flow-direction": fc.constantFrom("ingress", "egress"),
  "traffic-path": fc.oneof(integer(20), integer(65_535)),
  "instance-tag": tag,
  "instance-tag-2": tag,
  "interface-tag": tag,
  "interface-tag-2": tag,
  "asg-tag": tag,
  "asg-tag-2": tag,
};

/** Names that no version defines, as a later one might. */
const LATER_FIELDS = ["flow-label", "dscp", "egress-cost-centre"];

export interface RandomLine {
  readonly fields: readonly string[];
  readonly line: string;
}

const present = (field: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 5, arbitrary: VALUES[field] ?? word }, { weight: 1, arbitrary: fc.constant("-") });

/** Fields in any order: any selection, or all of them. */
export const format: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.shuffledSubarray([...VPC_FIELDS, ...LATER_FIELDS], { minLength: 1 }),
  fc.shuffledSubarray([...VPC_FIELDS], { minLength: VPC_FIELDS.length }),
  // What nearly everyone has: the five-tuple and a few more.
  fc
    .shuffledSubarray(VPC_FIELDS.slice(8))
    .chain((more) => fc.shuffledSubarray([...VPC_FIELDS.slice(0, 8), ...more], { minLength: 8 + more.length })),
);

const gap = fc.oneof(
  { weight: 9, arbitrary: fc.constant(" ") },
  { weight: 1, arbitrary: fc.constantFrom("  ", "   ") },
);

/** A line that its format takes. */
export function lineOf(fields: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.tuple(...fields.map(present)), fc.array(gap, { minLength: fields.length, maxLength: fields.length }))
    .map(([words, gaps]) => words.map((text, index) => (index === 0 ? text : `${gaps[index]}${text}`)).join(""));
}

export const randomLine: fc.Arbitrary<RandomLine> = format.chain((fields) =>
  lineOf(fields).map((line) => ({ fields, line })),
);
