/** A set of rules as pairs of a position and the 32 bits there, without empty ones. Filled anew for every flow. */
export class RuleBits {
  length = 0;
  readonly pairs: number[] = [];

  clear(): void {
    this.length = 0;
  }

  add(position: number, bits: number): void {
    this.pairs[this.length++] = position;
    this.pairs[this.length++] = bits;
  }
}
