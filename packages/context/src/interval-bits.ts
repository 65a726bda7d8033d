/** A stretch of keys, both ends included, and the bit that it sets. */
export interface KeyRange<K> {
  readonly first: K;
  readonly last: K;
  readonly bit: number;
}

/**
 * For every key the set of ranges that hold it, as a row of 32-bit words. Between two ends of ranges the set is the same, so that a row
 * is found by binary search: n ranges make at most 2n + 1 rows.
 */
export interface IntervalBits<K> {
  /** The least key of every row, in order. */
  readonly starts: readonly K[];
  /** All rows, one after the other. */
  readonly bits: Int32Array;
}

/** Rows for whole numbers from 0 on, up to `end`, which is excluded. */
export function numberIntervals(ranges: readonly KeyRange<number>[], words: number, end: number): IntervalBits<number> {
  return intervals(ranges, words, [0, end], (key) => key + 1);
}

/** Rows for IPv6 addresses as 32 hexadecimal digits. */
export function digitIntervals(ranges: readonly KeyRange<string>[], words: number): IntervalBits<string> {
  return intervals(ranges, words, ["", AFTER_ALL_DIGITS], nextDigits);
}

/** The row of a key: the last one of `count` whose start, from `from` on, is not above it. */
export function rowOfNumber(starts: Int32Array, from: number, count: number, key: number): number {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[from + middle] as number) <= key) low = middle;
    else high = middle;
  }
  return low;
}

export function rowOfDigits(starts: readonly string[], key: string): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as string) <= key) low = middle;
    else high = middle;
  }
  return low;
}

function intervals<K extends number | string>(
  ranges: readonly KeyRange<K>[],
  words: number,
  [least, end]: readonly [least: K, end: K],
  next: (key: K) => K,
): IntervalBits<K> {
  const edges = new Set<K>([least]);
  for (const { first, last } of ranges) edges.add(first).add(next(last));
  edges.delete(end);
  const starts = [...edges].sort((a, b) => (a < b ? -1 : 1));
  const rows = new Map(starts.map((start, row) => [start, row]));
  const bits = new Int32Array(starts.length * words);
  for (const { first, last, bit } of ranges) {
    const to = rows.get(next(last)) ?? starts.length;
    for (let row = rows.get(first) ?? to; row < to; row++) {
      const at = row * words + (bit >> 5);
      bits[at] = (bits[at] ?? 0) | (1 << (bit & 31));
    }
  }
  return { starts, bits };
}

const AFTER_ALL_DIGITS = "g";

/** The digits of the next address. */
function nextDigits(digits: string): string {
  const next = (BigInt(`0x${digits}`) + 1n).toString(16);
  return next.length > 32 ? AFTER_ALL_DIGITS : next.padStart(32, "0");
}
