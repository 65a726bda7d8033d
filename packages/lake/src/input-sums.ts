import { type Finding, problem } from "./finding.js";
import type { LakeState } from "./lake-state.js";
import type { ParkedFile, ParquetFile, RecordedInput } from "./manifest-entry.js";
import { totalCount } from "./total-count.js";

/** What the files of a lake hold of each input, to be compared with what the manifest says of it. */
export class InputSums {
  readonly #rows = new Map<number, number>();
  readonly #entries = new Map<string, number>();
  /** Numbers of inputs with something in files that could not be counted. */
  readonly #untold = new Set<number>();

  addRows(file: ParquetFile, rowsByInput: ReadonlyMap<number, number> | undefined): void {
    if (rowsByInput === undefined) for (const input of file.inputs) this.#untold.add(input);
    for (const [input, rows] of rowsByInput ?? []) this.#rows.set(input, (this.#rows.get(input) ?? 0) + rows);
  }

  addParked(file: ParkedFile, entriesByPath: ReadonlyMap<string, number> | undefined): void {
    if (entriesByPath === undefined) for (const input of file.inputs) this.#untold.add(input);
    for (const [path, entries] of entriesByPath ?? [])
      this.#entries.set(path, (this.#entries.get(path) ?? 0) + entries);
  }

  /** Inputs of which the lake holds more or less than they gave. */
  *findings({ inputs, pruned }: LakeState): Generator<Finding> {
    for (const input of inputs.values()) {
      const sum = input.flows.delivered + totalCount(input.flows.skipped) + totalCount(input.flows.parked);
      if (sum !== input.flows.read) {
        yield problem(
          "wrong-sum",
          input.path,
          `${input.flows.read} flows were read, but ${sum} are accounted for: ${REMEDY}`,
        );
      }
      if (this.#untold.has(input.number)) continue;
      yield* this.#rowFindings(input, pruned);
      const parked = totalCount(input.flows.parked);
      const entries = this.#entries.get(input.path) ?? 0;
      if (entries !== parked) {
        yield problem(
          "parked-differ",
          input.path,
          `${parked} flows were parked, but the lake keeps ${entries}: ${REMEDY}`,
        );
      }
    }
  }

  *#rowFindings({ number, path, flows }: RecordedInput, pruned: LakeState["pruned"]): Generator<Finding> {
    const gone = pruned.get(number) ?? (pruned.has(number) ? null : 0);
    if (gone === null) return;
    const rows = this.#rows.get(number) ?? 0;
    const expected = flows.delivered - gone;
    if (rows === expected) return;
    const before = gone === 0 ? "" : ` (${gone} of them pruned since)`;
    yield problem(
      rows < expected ? "rows-missing" : "rows-too-many",
      path,
      `${flows.delivered} flows were delivered${before}, but the lake holds ${rows}: ${REMEDY}`,
    );
  }
}

const REMEDY = "read it again with run --again";
