import type { IpAddress, IpRange } from "../ip-range.js";

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

  private constructor(ranges: readonly IpRange[]) {
    const ipv4 = ranges.flatMap((range) => (range.version === 4 ? [[range.first, range.last] as const] : []));
    const ipv6 = ranges.flatMap((range) => (range.version === 6 ? [[range.first, range.last] as const] : []));
    const merged = union(ipv4, (last, first) => first <= last + 1);
    this.#firsts = Uint32Array.from(merged, ([first]) => first);
    this.#lasts = Uint32Array.from(merged, ([, last]) => last);
    this.#from = upperHalves(this.#lasts);
    this.#ipv6 = new Set(ipv6.flatMap(([first, last]) => (first === last ? [first] : [])));
    this.#ipv6Blocks = union(
      ipv6.filter(([first, last]) => first !== last),
      (last, first) => first <= last,
    );
  }

  /** Undefined for no ranges at all. */
  static of(ranges: readonly IpRange[]): AddressSet | undefined {
    return ranges.length === 0 ? undefined : new AddressSet(ranges);
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

/** The ranges in order, those that `touch` made one. */
function union<K extends number | string>(
  ranges: readonly (readonly [first: K, last: K])[],
  touch: (last: K, first: K) => boolean,
): readonly (readonly [first: K, last: K])[] {
  const merged: [K, K][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const before = merged.at(-1);
    if (before !== undefined && touch(before[1], first)) {
      if (last > before[1]) before[1] = last;
    } else merged.push([first, last]);
  }
  return merged;
}
