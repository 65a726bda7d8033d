import type { CommitMark, ManifestEntry, ParkedFile, ParquetFile, RecordedInput } from "./manifest-entry.js";

/** What the lake holds after some commit, as it is written into a checkpoint. */
export interface LakeSnapshot {
  readonly version: number;
  readonly commit: number;
  readonly nextInput: number;
  readonly parquet: readonly ParquetFile[];
  readonly errors: readonly ParkedFile[];
  readonly inputs: readonly RecordedInput[];
}

/** The sum of all manifest entries so far. */
export class LakeState {
  commit = 0;
  nextInput = 1;
  readonly parquet = new Map<string, ParquetFile>();
  readonly errors = new Map<string, ParkedFile>();
  readonly inputs = new Map<string, RecordedInput>();

  static of(snapshot: LakeSnapshot): LakeState {
    const state = new LakeState();
    state.commit = snapshot.commit;
    state.nextInput = snapshot.nextInput;
    for (const file of snapshot.parquet) state.parquet.set(file.path, file);
    for (const file of snapshot.errors) state.errors.set(file.path, file);
    for (const input of snapshot.inputs) state.inputs.set(input.path, input);
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
    const forgotten = new Set(entry.forgotten);
    for (const [path, input] of this.inputs) if (forgotten.has(input.number)) this.inputs.delete(path);
    for (const input of entry.inputs) {
      const firstCommit = this.inputs.get(input.path)?.firstCommit ?? mark;
      this.inputs.set(input.path, { ...input, firstCommit, lastCommit: mark });
      this.nextInput = Math.max(this.nextInput, input.number + 1);
    }
  }

  snapshot(version: number): LakeSnapshot {
    return {
      version,
      commit: this.commit,
      nextInput: this.nextInput,
      parquet: [...this.parquet.values()],
      errors: [...this.errors.values()],
      inputs: [...this.inputs.values()],
    };
  }
}
