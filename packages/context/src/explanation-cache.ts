import type { Explanation } from "./explanation.js";
import type { RuleBits } from "./rule-bits.js";

interface Entry {
  readonly key: readonly number[];
  readonly explanation: Explanation;
  /** Another key with the same hash. */
  readonly next: Entry | undefined;
}

/** At most twice as many explanations are remembered: some 30 MB, where each has a rule or two. */
const GENERATION = 32_768;

/** What explanations are found by: numbers that say the same only where explanations do. */
export class ExplanationKey {
  length = 0;
  hash = 0;
  readonly numbers: number[] = [];

  clear(): void {
    this.length = 0;
    this.hash = 0;
  }

  add(value: number): void {
    this.numbers[this.length++] = value;
    const hash = Math.imul(this.hash ^ value, 0x9e3779b1);
    this.hash = hash ^ (hash >>> 15);
  }

  addRules(rules: RuleBits): void {
    for (let i = 0; i < rules.length; i++) this.add(rules.pairs[i] as number);
  }

  equals(numbers: readonly number[]): boolean {
    if (numbers.length !== this.length) return false;
    for (let i = 0; i < numbers.length; i++) if (numbers[i] !== this.numbers[i]) return false;
    return true;
  }
}

/** Explanations by what they say, so that equal causes give the same object. */
export class ExplanationCache {
  #recent = new Map<number, Entry>();
  #previous = new Map<number, Entry>();
  #size = 0;

  find(key: ExplanationKey): Explanation | undefined {
    const { hash } = key;
    for (let entry = this.#recent.get(hash); entry !== undefined; entry = entry.next) {
      if (key.equals(entry.key)) return entry.explanation;
    }
    for (let entry = this.#previous.get(hash); entry !== undefined; entry = entry.next) {
      if (!key.equals(entry.key)) continue;
      this.remember(hash, entry.key, entry.explanation);
      return entry.explanation;
    }
    return undefined;
  }

  remember(hash: number, key: readonly number[], explanation: Explanation): void {
    if (this.#size >= GENERATION) {
      this.#previous = this.#recent;
      this.#recent = new Map();
      this.#size = 0;
    }
    this.#recent.set(hash, { key, explanation, next: this.#recent.get(hash) });
    this.#size++;
  }
}
