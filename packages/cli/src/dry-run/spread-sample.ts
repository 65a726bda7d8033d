/** Some items of a sequence of unknown length, spread over all of it. */
export class SpreadSample<T> {
  /** Every `#stride`-th item so far. */
  #kept: T[] = [];
  #stride = 1;
  #seen = 0;

  constructor(private readonly size: number) {}

  add(item: T): void {
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(item);
    if (this.#kept.length < 4 * this.size) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** At most `size` items, in their order. */
  items(): readonly T[] {
    const { length } = this.#kept;
    if (length <= this.size) return this.#kept;
    // The middle of each of equal parts.
    return Array.from(
      { length: this.size },
      (_, part) => this.#kept[Math.floor(((part + 0.5) * length) / this.size)],
    ).filter((item) => item !== undefined);
  }
}
