import { access, rm } from "node:fs/promises";
import { ConfigurationError, TributaryError } from "@tributary/flow";
import { replaceColumns } from "./column-replacement.js";
import { CommitStaging } from "./commit-staging.js";
import { stageWithoutForgotten } from "./forgotten-inputs.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import type { StagedFiles } from "./lake-stage.js";
import { MANIFEST_VERSION } from "./manifest.js";
import type { InputState, ManifestEntry, ParquetFile } from "./manifest-entry.js";

/**
 * Rows, parked entries and input positions that come to count together or not at all. Everything is staged inside the lake; `finish`
 * moves it into place and then writes one manifest entry, whose appearance is the commit.
 */
export class LakeCommit {
  readonly number: number;
  ended = false;
  readonly #staging: CommitStaging;
  readonly #forgotten = new Map<string, number>();
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly lake: Lake,
    private readonly mark: { readonly run: string; readonly at: string },
  ) {
    this.number = lake.state.commit + 1;
    this.#staging = new CommitStaging(lake, this.number);
  }

  /** Takes what a stage made: it comes to count with everything else. */
  adopt(files: StagedFiles): Promise<void> {
    return this.#next(() => this.#staging.adopt(files));
  }

  /**
   * Writes a committed Parquet file again with new values in some declared columns; rows, their order and their inputs stay. The spool, one
   * JSON object a line as `ColumnReplacement` says, may be removed afterwards. Throws `spool-mismatch`.
   */
  replaceColumns(file: ParquetFile, spool: string, columns: readonly string[]): Promise<void> {
    return this.#next(async () => {
      const { folder, options } = this.lake;
      const name = this.#staging.nextName();
      const staged = this.#staging.pairOf(name);
      await this.#staging.step("replace-columns");
      const bytes = await replaceColumns(await this.lake.converter(), {
        from: { parquet: inLake(folder, file.path), origin: inLake(folder, LakeLayout.originOf(file.path)) },
        to: staged,
        spool,
        columns: options.columns.filter((column) => columns.includes(column.name)),
        compression: this.#staging.compression,
      });
      await this.#staging.addRewritten(file, name, staged, { ...file, bytes });
      this.#staging.removed.push(file.path);
    });
  }

  /** Does a piece of work on the files that the commit stages. */
  change<T>(work: (staging: CommitStaging) => Promise<T>): Promise<T> {
    return this.#next(() => work(this.#staging));
  }

  /** Forgets what an input gave: its rows, parked entries and position go when this commit finishes. */
  removeInput(path: string): void {
    const input = this.lake.state.inputs.get(path);
    if (input === undefined) return;
    this.#forgotten.set(path, input.number);
  }

  /** Makes everything count, together with how far the inputs are read. Returns the entry. After an error, `abandon`. */
  finish(result: { readonly inputs: readonly InputState[] }): Promise<ManifestEntry> {
    return this.#next(async () => {
      await stageWithoutForgotten(this.lake, this.#staging, this.#forgotten);
      const inputs = result.inputs.map((input) => ({ ...input, number: this.lake.inputNumber(input.path) }));
      const entry = this.#entry(inputs);
      this.#refuseUnknownInputs(entry);
      await this.#staging.place();
      await this.#staging.step("write-entry");
      await this.#publish(entry);
      await this.#staging.step("entry-written");
      await this.#cleanUp(entry);
      return entry;
    });
  }

  /** Undoes what was staged. Does nothing after a commit that came to count. */
  async abandon(): Promise<void> {
    await this.#work.catch(() => undefined);
    this.ended = true;
    if (!(await this.#counts())) await this.#staging.undo();
    await this.#staging.clear();
  }

  #entry(inputs: ManifestEntry["inputs"]): ManifestEntry {
    return {
      version: MANIFEST_VERSION,
      commit: this.number,
      run: this.mark.run,
      at: this.mark.at,
      parquet: this.#staging.parquet,
      errors: this.#staging.errors,
      removed: this.#staging.removed,
      inputs,
      forgotten: [...this.#forgotten.values()],
      ...(this.#staging.pruned.length === 0 ? {} : { pruned: this.#staging.pruned }),
    };
  }

  /** Rows of an input that the manifest does not know could never be removed. */
  #refuseUnknownInputs(entry: ManifestEntry): void {
    const forgotten = new Set(entry.forgotten);
    const known = new Set(entry.inputs.map((input) => input.number));
    for (const { number } of this.lake.state.inputs.values()) if (!forgotten.has(number)) known.add(number);
    const unknown = [...entry.parquet, ...entry.errors]
      .flatMap((file) => file.inputs)
      .find((input) => !known.has(input));
    if (unknown === undefined) return;
    throw new ConfigurationError(
      "unknown-input",
      `rows of input number ${unknown} are in this commit, but not its state: give every input of the commit to finish()`,
    );
  }

  async #publish(entry: ManifestEntry): Promise<void> {
    try {
      await this.lake.manifest.append(entry, this.#staging.folder);
    } catch (error) {
      // The rename may have worked although the flush after it failed: then the commit counts for whoever reads the lake next.
      if (!(await this.#counts())) throw error;
      this.ended = true;
      this.lake.state.apply(entry);
      throw error;
    }
    this.ended = true;
    this.lake.state.apply(entry);
  }

  /** Whether the manifest has this commit. */
  async #counts(): Promise<boolean> {
    if (this.lake.state.commit >= this.number) return true;
    return access(this.lake.manifest.entryPath(this.number)).then(
      () => true,
      () => false,
    );
  }

  /** After the commit counts: what it replaced goes, and old entries are summed up from time to time. */
  async #cleanUp(entry: ManifestEntry): Promise<void> {
    const { folder, manifest, state } = this.lake;
    for (const path of entry.removed) {
      await this.#staging.step("delete");
      await rm(inLake(folder, path), { force: true });
      if (path.endsWith(".parquet")) await rm(inLake(folder, LakeLayout.originOf(path)), { force: true });
    }
    if (manifest.wantsCheckpoint) {
      await this.#staging.step("checkpoint");
      await manifest.writeCheckpoint(state, this.#staging.folder);
      await this.#staging.step("compact");
      await manifest.removeObsolete(state);
    }
    await this.#staging.step("clear-staging");
    await this.#staging.clear();
  }

  /** One after the other: conversions would share the memory limit. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(async () => {
      if (this.ended) throw new TributaryError("commit-ended", `commit ${this.number} has ended: begin another one`);
      return explained(this.lake.folder, work);
    });
    this.#work = result.catch(() => undefined);
    return result;
  }
}
