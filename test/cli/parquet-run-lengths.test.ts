import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunLengths } from "../../packages/cli/src/ingest/parquet/run-lengths.js";

/** Runs as they are written: one number many times, or groups of eight numbers, bit by bit. */
interface Run {
  readonly packed: boolean;
  readonly values: readonly number[];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function encoded(runs: readonly Run[], width: number): number[] {
  return runs.flatMap(({ packed, values }) => {
    if (!packed) {
      const bytes = Array.from({ length: (width + 7) >> 3 }, (_, at) => Math.floor((values[0] ?? 0) / 256 ** at) % 256);
      return [...varint(values.length * 2), ...bytes];
    }
    const bits = values.flatMap((value) => Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2));
    const bytes = Array.from({ length: bits.length / 8 }, (_, at) =>
      bits.slice(at * 8, at * 8 + 8).reduce((sum, bit, place) => sum + bit * 2 ** place, 0),
    );
    return [...varint((values.length / 8) * 2 + 1), ...bytes];
  });
}

const runsOf = (width: number): fc.Arbitrary<readonly Run[]> => {
  const value = fc.integer({ min: 0, max: 2 ** width - 1 });
  const repeated = fc
    .tuple(value, fc.integer({ min: 0, max: 300 }))
    .map(([one, times]) => ({ packed: false, values: Array<number>(times).fill(one) }));
  const packed = fc
    .array(fc.array(value, { minLength: 8, maxLength: 8 }), { maxLength: 20 })
    .map((groups) => ({ packed: true, values: groups.flat() }));
  return fc.array(fc.oneof(repeated, packed), { minLength: 1, maxLength: 6 });
};

describe("RunLengths", () => {
  it("gives the numbers that were written, of any width, and nothing behind them", () => {
    const cases = fc.integer({ min: 1, max: 32 }).chain((width) => fc.tuple(fc.constant(width), runsOf(width)));
    fc.assert(
      fc.property(cases, ([width, runs]) => {
        const bytes = Uint8Array.from([255, ...encoded(runs, width), 2, 2, 2, 2, 2]);
        const values = runs.flatMap((run) => run.values);
        const numbers = new RunLengths(bytes, 1, bytes.length - 5, width);
        expect(values.map(() => numbers.next())).toEqual(values);
        expect(() => numbers.next()).toThrow("end too early");
      }),
      { seed: 20261220, numRuns: 300 },
    );
  });

  it("gives zeros without any bytes when numbers have no bits", () => {
    const numbers = new RunLengths(new Uint8Array(0), 0, 0, 0);
    expect([numbers.next(), numbers.next()]).toEqual([0, 0]);
  });

  it("refuses numbers of more than 32 bits", () => {
    expect(() => new RunLengths(new Uint8Array(9), 0, 9, 33)).toThrow("33 bits");
  });
});
