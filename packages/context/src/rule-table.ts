import {
  digitIntervals,
  type IntervalBits,
  type KeyRange,
  numberIntervals,
  rowOfDigits,
  rowOfNumber,
} from "./interval-bits.js";
import type { SecurityGroupRule } from "./inventory.js";
import { type IpRange, ipRange } from "./ip-range.js";
import type { Peer } from "./peer.js";
import type { RuleBits } from "./rule-bits.js";
import { ALL_PROTOCOLS, asksForIcmpType, hasPorts, portsOf } from "./rule-match.js";
import type { RulePool } from "./rule-pool.js";

/** What the rules of a group may refer to, in the state that goes with the group's. */
export interface RuleReferences {
  prefixList(id: string): readonly IpRange[] | undefined;
  /** A small number that stands for the group. */
  groupNumber(id: string): number;
  /** Whether any inventory knows the group or a member of it. */
  knowsGroup(id: string): boolean;
}

const PORTS = 65536;
const SERVICES = 256 * PORTS;
const ALL_IPV4: IpRange = { version: 4, first: 0, last: 2 ** 32 - 1 };
const ALL_IPV6: IpRange = { version: 6, first: "0".repeat(32), last: "f".repeat(32) };

/** Protocol and port as one key; undefined where a field is missing or out of range, and rules have to be scanned. */
export function serviceKey(protocol: number | undefined, port: number | undefined): number | undefined {
  if (protocol === undefined || protocol < 0 || protocol > 255) return undefined;
  if (!hasPorts(protocol)) return protocol * PORTS;
  return port === undefined || port < 0 || port >= PORTS ? undefined : protocol * PORTS + port;
}

/**
 * The rules of one group and direction, compiled: one bit a rule, and for protocol and port, and for the far end's address, the set of
 * rules that cover it. What both sets have in common matches. Takes a few kB for 60 rules.
 */
export class RuleTable {
  readonly rules: readonly SecurityGroupRule[];
  /** 32-bit words that a set of rules takes. */
  readonly words: number;
  /** Which ports of TCP and UDP rules name, a bit for every 1,024 of them: the lower 32 bits, then the upper ones. */
  readonly portSignature: readonly [lower: number, upper: number];
  /**
   * Where it begins in the pool: the number of words and of rows, the members' signature; then starts and rows of services, starts and rows
   * of IPv4 addresses, and the rules that only may match, whatever the flow, because their type of ICMP or their prefix list is not known.
   */
  readonly at: number;
  readonly #ipv6: IntervalBits<string>;
  /** The groups that rules refer to, alternating with the rule's bit. */
  readonly #members: Int32Array;
  /** Rules for groups of which nothing is known: they may match any address that is not known either. */
  readonly #strangers: Int32Array;

  constructor(rules: readonly SecurityGroupRule[], references: RuleReferences, pool: RulePool) {
    this.rules = rules;
    this.words = Math.ceil(rules.length / 32);
    const services: KeyRange<number>[] = [];
    const ipv4: KeyRange<number>[] = [];
    const ipv6: KeyRange<string>[] = [];
    const members: number[] = [];
    const strangers: number[] = [];
    const doubtful: number[] = [];
    const cover = (range: IpRange | undefined, bit: number): void => {
      if (range?.version === 4) ipv4.push({ first: range.first, last: range.last, bit });
      else if (range?.version === 6) ipv6.push({ first: range.first, last: range.last, bit });
    };
    for (const [bit, rule] of rules.entries()) {
      services.push({ ...servicesOf(rule), bit });
      if (asksForIcmpType(rule)) doubtful.push(bit);
      const { peer } = rule;
      if (peer.kind === "cidr") cover(ipRange(peer.cidr), bit);
      else if (peer.kind === "prefix-list") {
        const blocks = references.prefixList(peer.prefixListId);
        if (blocks === undefined) doubtful.push(bit);
        for (const block of blocks ?? [ALL_IPV4, ALL_IPV6]) cover(block, bit);
      } else if (peer.active) {
        if (references.knowsGroup(peer.groupId)) members.push(references.groupNumber(peer.groupId), bit);
        else {
          strangers.push(bit);
          doubtful.push(bit);
        }
      }
    }
    const byService = numberIntervals(services, this.words, SERVICES);
    const byIpv4 = numberIntervals(ipv4, this.words, 2 ** 32);
    const doubts = bitSet(doubtful, this.words);
    this.#ipv6 = digitIntervals(ipv6, this.words);
    this.portSignature = portSignature(services);
    this.#members = Int32Array.from(members);
    this.#strangers = bitSet(strangers, this.words);
    const signature = members.reduce((sum, group, i) => (i % 2 === 0 ? sum | groupSignature(group) : sum), 0);
    const rows = [byService.starts.length, byIpv4.starts.length];
    const head = [this.words, ...rows, signature, strangers.length];
    const starts = byIpv4.starts.map(signedIpv4);
    this.at = pool.add([...head, ...byService.starts, ...byService.bits, ...starts, ...byIpv4.bits, ...doubts]);
  }

  /** The rules that reach the far end otherwise than by IPv4 blocks: a word of their set. */
  otherReach(peer: Peer, word: number): number {
    let bits = this.#memberBits(peer, word);
    if (peer.version === 6)
      bits |= this.#ipv6.bits[rowOfDigits(this.#ipv6.starts, peer.digits) * this.words + word] ?? 0;
    if (!peer.isLocal) bits |= this.#strangers[word] ?? 0;
    return bits;
  }

  #memberBits(peer: Peer, word: number): number {
    const members = this.#members;
    let bits = 0;
    for (let i = 0; i < members.length; i += 2) {
      const bit = members[i + 1] as number;
      if (bit >> 5 === word && peer.groups.includes(members[i] as number)) bits |= 1 << (bit & 31);
    }
    return bits;
  }
}

const HEAD = 5;

/**
 * Adds the rules that match of the table that begins at `at` in the pool's data: to `sure`, or to `doubtful` when they only may, with
 * `position` for the table's first word. The table itself is asked only where its part of the pool does not tell.
 */
export function matchRules(
  data: Int32Array,
  at: number,
  tables: readonly RuleTable[],
  index: number,
  service: number,
  peer: Peer,
  position: number,
  sure: RuleBits,
  doubtful: RuleBits,
): void {
  const words = data[at] as number;
  const serviceRows = data[at + 1] as number;
  const servicesAt = at + HEAD;
  const serviceRow = servicesAt + serviceRows + rowOfNumber(data, servicesAt, serviceRows, service) * words;
  let any = 0;
  for (let word = 0; word < words; word++) any |= data[serviceRow + word] as number;
  if (any === 0) return;
  const ipv4Rows = data[at + 2] as number;
  const ipv4At = servicesAt + serviceRows * (1 + words);
  const isIpv4 = peer.version === 4;
  const ipv4Row = isIpv4 ? ipv4At + ipv4Rows + rowOfNumber(data, ipv4At, ipv4Rows, peer.value) * words : 0;
  const mayReachOtherwise =
    !isIpv4 || (peer.signature & (data[at + 3] as number)) !== 0 || (!peer.isLocal && data[at + 4] !== 0);
  const doubtfulAt = ipv4At + ipv4Rows * (1 + words);
  for (let word = 0; word < words; word++) {
    let reached = isIpv4 ? (data[ipv4Row + word] as number) : 0;
    if (mayReachOtherwise) reached |= tables[index]?.otherReach(peer, word) ?? 0;
    reached &= data[serviceRow + word] as number;
    if (reached === 0) continue;
    const unsure = data[doubtfulAt + word] as number;
    if ((reached & ~unsure) !== 0) sure.add(position + word, reached & ~unsure);
    if ((reached & unsure) !== 0) doubtful.add(position + word, reached & unsure);
  }
}

/** One of 32 bits for a group, so that most pairs of sets that have none in common are told apart at once. */
export function groupSignature(group: number): number {
  return 1 << (group & 31);
}

/** IPv4 addresses as numbers with a sign, in the same order. */
export function signedIpv4(value: number): number {
  return value ^ 0x80000000;
}

/** A bit of a signature stands for 2 to this many ports. */
export const PORTS_OF_BIT = 10;

function portSignature(services: readonly KeyRange<number>[]): readonly [lower: number, upper: number] {
  let bits = 0n;
  for (const { first, last } of services) {
    // Those of other protocols are looked up without it.
    if (last - first >= PORTS) return [-1, -1];
    if (!hasPorts(Math.floor(first / PORTS))) continue;
    for (let bit = (first % PORTS) >> PORTS_OF_BIT; bit <= (last % PORTS) >> PORTS_OF_BIT; bit++)
      bits |= 1n << BigInt(bit);
  }
  return [Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n))];
}

function servicesOf(rule: SecurityGroupRule): { readonly first: number; readonly last: number } {
  if (rule.protocol === ALL_PROTOCOLS) return { first: 0, last: SERVICES - 1 };
  const base = rule.protocol * PORTS;
  const [first, last] = portsOf(rule) ?? [0, PORTS - 1];
  return { first: base + Math.max(first, 0), last: base + Math.min(last, PORTS - 1) };
}

function bitSet(bits: readonly number[], words: number): Int32Array {
  const set = new Int32Array(words);
  for (const bit of bits) set[bit >> 5] = (set[bit >> 5] ?? 0) | (1 << (bit & 31));
  return set;
}
