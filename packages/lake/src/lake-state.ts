import type {
  CommitMark,
  ManifestEntry,
  ParkedFile,
  ParquetFile,
  PrunedRows,
  RecordedInput,
} from "./manifest-entry.js";

/** What the lake holds after some commit, as it is written into a checkpoint. */
export interface LakeSnapshot {
  readonly version: number;
  readonly commit: number;
  readonly nextInput: number;
  readonly parquet: readonly ParquetFile[];
  readonly errors: readonly ParkedFile[];
  readonly inputs: readonly RecordedInput[];
  /** Lakes of version 0.1.0 have none. */
  readonly pruned?: readonly PrunedRows[];
}

/** The sum of all manifest entries so far. */
export class LakeState {
  commit = 0;
  nextInput = 1;
  readonly parquet = new Map<string, ParquetFile>();
  readonly errors = new Map<string, ParkedFile>();
  readonly inputs = new Map<string, RecordedInput>();
  /** Rows that went with days that were removed, by the number of their input. */
  readonly pruned = new Map<number, number | null>();

  static of(snapshot: LakeSnapshot): LakeState {
    const state = new LakeState();
    state.commit = snapshot.commit;
    state.nextInput = snapshot.nextInput;
    for (const file of snapshot.parquet) state.parquet.set(file.path, file);
    for (const file of snapshot.errors) state.errors.set(file.path, file);
    for (const input of snapshot.inputs) state.inputs.set(input.path, input);
    for (const { input, rows } of snapshot.pruned ?? []) state.pruned.set(input, rows);
    return state;
  }

  apply(entry: ManifestEntry): void {
    this.commit = entry.commit;
    for (const path of entry.removed) {
      this.parquet.delete(path);
      this.errors.delete(path);
    }
    for (const file of entry.parquet) this.parquet.set(file.path, file);
    for (const file of entry.errors) this.errors.set(file.path, file);
    const mark: CommitMark = { commit: entry.commit, at: entry.at };
    this.#forget(new Set(entry.forgotten));
    for (const { input, rows } of entry.pruned ?? []) {
      const before = this.pruned.get(input) ?? (this.pruned.has(input) ? null : 0);
      this.pruned.set(input, before === null || rows === null ? null : before + rows);
    }
    for (const input of entry.inputs) {
      const firstCommit = this.inputs.get(input.path)?.firstCommit ?? mark;
      this.inputs.set(input.path, { ...input, firstCommit, lastCommit: mark });
      this.nextInput = Math.max(this.nextInput, input.number + 1);
    }
  }

  #forget(numbers: ReadonlySet<number>): void {
    // Most commits forget nothing, and a lake may know hundreds of thousands of inputs.
    if (numbers.size === 0) return;
    for (const [path, { number }] of this.inputs) if (numbers.has(number)) this.inputs.delete(path);
    for (const number of numbers) this.pruned.delete(number);
  }

  snapshot(version: number): LakeSnapshot {
    return {
      version,
      commit: this.commit,
      nextInput: this.nextInput,
      parquet: [...this.parquet.values()],
      errors: [...this.errors.values()],
      inputs: [...this.inputs.values()],
      ...(this.pruned.size === 0 ? {} : { pruned: [...this.pruned].map(([input, rows]) => ({ input, rows })) }),
    };
  }
}
