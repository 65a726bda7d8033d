/**
 * A repeatable stream of numbers (sfc32), the same on every machine for the same seed text. Not for secrets.
 *
 * Every file of a sample draws from its own stream, named after the file, so that files can be written in any order.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#a = fnv1a(seed, 0x811c9dc5);
    this.#b = fnv1a(seed, 0x01234567);
    this.#c = fnv1a(seed, 0x7654321f);
    // The first outputs still show how the seed was mixed.
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** 0 inclusive to 1 exclusive. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.fraction() * (highest - lowest + 1));
  }

  /** True `share` of the time, 0 to 1. */
  chance(share: number): boolean {
    return this.fraction() < share;
  }

  /** One of the items; throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** Lower-case hex digits, as in file names and ids. */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, "0");
    return text.slice(0, digits);
  }
}

/** A choice between items that come up as often as their weights say. */
export class WeightedChoice<T> {
  readonly #items: readonly T[];
  readonly #upTo: readonly number[];
  readonly #total: number;

  constructor(weighted: readonly (readonly [weight: number, item: T])[]) {
    let total = 0;
    this.#items = weighted.map(([, item]) => item);
    this.#upTo = weighted.map(([weight]) => {
      total += weight;
      return total;
    });
    this.#total = total;
  }

  pick(random: SeededRandom): T {
    const at = random.fraction() * this.#total;
    const item = this.#items[this.#upTo.findIndex((limit) => at < limit)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
