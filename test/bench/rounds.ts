/** One way of doing the same work. */
export interface Contestant {
  /** Does the work of one batch, and gives what a caller would hold. */
  run(batch: number): unknown;
}

/** What one contestant reached. */
export interface Pace {
  /** Flows per second of each round, in the order of the rounds. */
  readonly rounds: readonly number[];
}

/** Long enough for some collections of garbage, so that each contestant pays for its own; short enough to find the machine undisturbed. */
const TURN_MS = 20;
/** 3 s for each contestant. */
const ROUNDS = 150;
const WARM_UP_ROUNDS = 25;

declare const gc: ((options: { readonly type: "minor" }) => void) | undefined;

/**
 * Lets the contestants take turns, so that a change of the machine's speed meets all of them. A turn goes through the batches where the
 * last one of this contestant ended, for 20 ms at least.
 */
export async function takeTurns<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  flowsOfBatch: readonly number[],
): Promise<Readonly<Record<Name, Pace>>> {
  const entries = Object.entries(contestants) as [Name, Contestant][];
  const rounds = new Map(entries.map(([name]) => [name, [] as number[]]));
  const next = new Map(entries.map(([name]) => [name, 0]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [name, contestant] of entries) {
      // What the last contestant left behind is not this one's to clear away.
      gc?.({ type: "minor" });
      let batch = next.get(name) ?? 0;
      let flows = 0;
      const start = performance.now();
      let elapsed = 0;
      while (elapsed < TURN_MS) {
        held = await contestant.run(batch);
        flows += flowsOfBatch[batch] ?? 0;
        batch = (batch + 1) % flowsOfBatch.length;
        elapsed = performance.now() - start;
      }
      next.set(name, batch);
      if (round >= 0) rounds.get(name)?.push((flows / elapsed) * 1000);
    }
  }
  if (held === undefined) throw new Error("the last contestant gave nothing: its work may have been left out");
  return Object.fromEntries(entries.map(([name]) => [name, { rounds: rounds.get(name) ?? [] }])) as unknown as Readonly<
    Record<Name, Pace>
  >;
}

// Module state, so that no work can be found useless and left out.
let held: unknown;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The ratio of two paces round by round, since both turns of a round met the same machine; the median of these. */
export function medianRatio(a: Pace, b: Pace): number {
  return median(a.rounds.map((pace, round) => pace / (b.rounds[round] ?? Number.NaN)));
}
