const BLOCK_BITS = 10;
const BLOCKS = 65536 >> BLOCK_BITS;
/** Above all ports. */
const FIRST_CLASS = 2 ** 17;

/**
 * Numbers for ports, such that two ports with the same number are in the same ones of some ranges. A block of 1,024 ports in which no
 * range begins or ends has one number, and shares it with its neighbours up to the next such place, so that most ephemeral ports have
 * the same; the ports of other blocks have one each.
 */
export class PortClasses {
  /** The number of each block; 0 where ports have their own. */
  readonly #blocks: readonly number[];

  /** Both ends of ranges are included. */
  constructor(ranges: readonly (readonly [first: number, last: number])[]) {
    const edges = ranges.flatMap(([first, last]) => [first, last + 1]);
    const isDivided = (block: number) =>
      edges.some((edge) => edge >> BLOCK_BITS === block && edge % 2 ** BLOCK_BITS !== 0);
    let number = FIRST_CLASS;
    this.#blocks = Array.from({ length: BLOCKS }, (_, block) => {
      if (isDivided(block)) return 0;
      if (block === 0 || edges.includes(block << BLOCK_BITS) || isDivided(block - 1)) number++;
      return number;
    });
  }

  of(port: number | undefined): number {
    if (port === undefined) return FIRST_CLASS;
    return this.#blocks[port >> BLOCK_BITS] || port;
  }
}
