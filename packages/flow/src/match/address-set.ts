import type { IpAddress, IpRange } from "../ip-range.js";
import { blockFirst, blockLast, type Ipv4Blocks } from "./ipv4-blocks.js";

type Ipv6Range = Extract<IpRange, { readonly version: 6 }>;

/**
 * Many addresses and blocks, of which one is found in about the same time however many there are. An address that is not in the set
 * of IPv4 ranges is known by its upper half as a rule.
 */
export class AddressSet {
  readonly #firsts: Uint32Array;
  readonly #lasts: Uint32Array;
  /** By the upper 16 bits of an address: the first range that ends there or later. One more element ends the last one. */
  readonly #from: Uint32Array;
  readonly #ipv6: ReadonlySet<string>;
  readonly #ipv6Blocks: readonly (readonly [first: string, last: string])[];

  private constructor(ipv4: Ipv4Blocks, ipv6: readonly Ipv6Range[]) {
    const { firsts, lasts } = ipv4Union(ipv4);
    this.#firsts = firsts;
    this.#lasts = lasts;
    this.#from = upperHalves(lasts);
    this.#ipv6 = new Set(ipv6.flatMap(({ first, last }) => (first === last ? [first] : [])));
    this.#ipv6Blocks = ipv6Union(ipv6.filter(({ first, last }) => first !== last));
  }

  /** Undefined for no blocks at all. */
  static of(ipv4: Ipv4Blocks, ipv6: readonly Ipv6Range[]): AddressSet | undefined {
    return ipv4.length + ipv6.length === 0 ? undefined : new AddressSet(ipv4, ipv6);
  }

  has(address: IpAddress): boolean {
    return address.version === 4 ? this.hasIpv4(address.value) : this.#hasIpv6(address.digits);
  }

  /** `value`: 32 bits, signed or not. */
  hasIpv4(value: number): boolean {
    const lasts = this.#lasts;
    const unsigned = value >>> 0;
    const upper = unsigned >>> 16;
    let low = this.#from[upper] as number;
    let high = this.#from[upper + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((lasts[middle] as number) < unsigned) low = middle + 1;
      else high = middle;
    }
    return low < lasts.length && (this.#firsts[low] as number) <= unsigned;
  }

  #hasIpv6(digits: string): boolean {
    if (this.#ipv6.has(digits)) return true;
    const blocks = this.#ipv6Blocks;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.[1] ?? "") < digits) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low];
    return block !== undefined && block[0] <= digits;
  }
}

const UPPER_HALVES = 65_536;

function upperHalves(lasts: Uint32Array): Uint32Array {
  const from = new Uint32Array(UPPER_HALVES + 1).fill(lasts.length);
  let upper = 0;
  lasts.forEach((last, index) => {
    for (; upper <= last >>> 16; upper++) from[upper] = index;
  });
  return from;
}

/** The ranges of all blocks in order, those that touch made one. */
function ipv4Union(blocks: Ipv4Blocks): { readonly firsts: Uint32Array; readonly lasts: Uint32Array } {
  const firsts = new Uint32Array(blocks.length);
  const lasts = new Uint32Array(blocks.length);
  let length = 0;
  let end = -1;
  for (const block of blocks) {
    const last = blockLast(block);
    if (length === 0 || blockFirst(block) > end + 1) {
      firsts[length++] = blockFirst(block);
      end = last;
    } else end = Math.max(end, last);
    lasts[length - 1] = end;
  }
  return { firsts: firsts.slice(0, length), lasts: lasts.slice(0, length) };
}

/** The ranges in order, those that overlap made one. */
function ipv6Union(ranges: readonly Ipv6Range[]): readonly (readonly [first: string, last: string])[] {
  const merged: [string, string][] = [];
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1]) {
      if (last > before[1]) before[1] = last;
    } else merged.push([first, last]);
  }
  return merged;
}
