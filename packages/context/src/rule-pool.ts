/** The compiled rules of all groups in one piece of memory: a flow touches several groups, and each would cost another way there. */
export class RulePool {
  data = new Int32Array(1 << 14);
  #length = 0;

  /** Adds numbers; gives where they begin. */
  add(numbers: readonly number[]): number {
    const at = this.#length;
    this.#length += numbers.length;
    if (this.#length > this.data.length) {
      const data = new Int32Array(Math.max(this.#length, this.data.length * 2));
      data.set(this.data);
      this.data = data;
    }
    this.data.set(numbers, at);
    return at;
  }
}
