/** Above the largest prefix length, so that a block is one number. */
const BLOCK = 64;
const FEWEST = 64;

/**
 * IPv4 blocks, 8 bytes each, in order and none twice: `first address * 64 + prefix length`. One of many addresses is an object no more,
 * and threads are told a list at the cost of a copy.
 */
export type Ipv4Blocks = Float64Array;

/** Gathers blocks in whatever order. */
export class Ipv4BlockList {
  #blocks = new Float64Array(FEWEST);
  #length = 0;

  /** Both ends of a CIDR block. */
  add(first: number, last: number): void {
    this.#push(first * BLOCK + 32 - Math.round(Math.log2(last - first + 1)));
  }

  addAll(blocks: Ipv4Blocks): void {
    for (const block of blocks) this.#push(block);
  }

  distinct(): Ipv4Blocks {
    const sorted = this.#blocks.slice(0, this.#length).sort();
    let kept = 0;
    for (const block of sorted) if (kept === 0 || sorted[kept - 1] !== block) sorted[kept++] = block;
    return sorted.slice(0, kept);
  }

  #push(block: number): void {
    if (this.#length === this.#blocks.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#blocks);
      this.#blocks = larger;
    }
    this.#blocks[this.#length++] = block;
  }
}

export function blockFirst(block: number): number {
  return Math.floor(block / BLOCK);
}

export function blockLast(block: number): number {
  return blockFirst(block) + 2 ** (32 - (block % BLOCK)) - 1;
}
