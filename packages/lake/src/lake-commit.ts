import { access, appendFile, rm } from "node:fs/promises";
import { ConfigurationError, TributaryError } from "@tributary/flow";
import { replaceColumns } from "./column-replacement.js";
import { CommitStaging, type StagedParked } from "./commit-staging.js";
import type { FailedDocument } from "./failed-documents.js";
import { stageWithoutForgotten } from "./forgotten-inputs.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout, type Partition } from "./lake-layout.js";
import { MANIFEST_VERSION } from "./manifest.js";
import type { InputState, ManifestEntry, ParkedFile, ParquetFile } from "./manifest-entry.js";
import { convertSpool, type InputRange } from "./parquet-conversion.js";

/** Input that is kept aside with its raw text. */
export interface ParkedEntry {
  /** The input's path, as in `InputState`. */
  readonly input: string;
  /** Line, record or byte at which it begins; what the input's kind counts. */
  readonly position: number;
  readonly message: string;
  readonly raw: string;
  /** When it was parked (ISO 8601). */
  readonly at?: string;
}

/** A file that the commit's parked entries of one reason go to. */
interface OpenParked extends StagedParked {
  entries: number;
  readonly inputs: Set<number>;
}

/**
 * Rows, parked entries and input positions that come to count together or not at all. Everything is staged inside the lake; `finish`
 * moves it into place and then writes one manifest entry, whose appearance is the commit.
 */
export class LakeCommit {
  readonly number: number;
  ended = false;
  readonly #staging: CommitStaging;
  readonly #parked = new Map<string, OpenParked>();
  readonly #forgotten = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  #nextInput: number;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly lake: Lake,
    private readonly mark: { readonly run: string; readonly at: string },
  ) {
    this.number = lake.state.commit + 1;
    this.#nextInput = lake.state.nextInput;
    this.#staging = new CommitStaging(lake, this.number);
  }

  /** The lake's number for an input, for use in ranges. Stable once committed. */
  inputNumber(path: string): number {
    const known = this.#numbers.get(path) ?? this.lake.state.inputs.get(path)?.number;
    if (known !== undefined) return known;
    const number = this.#nextInput++;
    this.#numbers.set(path, number);
    return number;
  }

  /**
   * Converts a spool of OCSF documents of one partition into one Parquet file. Gives the documents that do not convert: park them. The
   * spool may be removed afterwards. `ordered` says that its documents are in the order of their time already. Throws as `convertSpool` does.
   */
  addDocuments(
    partition: Partition,
    spool: string,
    ranges: readonly InputRange[],
    { ordered = false }: { readonly ordered?: boolean } = {},
  ): Promise<readonly FailedDocument[]> {
    return this.#next(async () => {
      const name = this.#staging.nextName();
      const path = LakeLayout.parquet(this.lake.settings.source, this.lake.settings.region, partition, name);
      const staged = this.#staging.pairOf(name);
      await this.#staging.step("convert");
      const conversion = await convertSpool(await this.lake.converter(), {
        spool,
        ranges,
        ordered,
        columns: this.lake.options.columns,
        ...staged,
        compression: this.#staging.compression,
      });
      if (conversion.rows > 0) this.#staging.addParquet(path, staged, partition, conversion);
      return conversion.failed;
    });
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
      this.#staging.addRewritten(file, name, staged, { ...file, bytes });
      this.#staging.removed.push(file.path);
    });
  }

  /** Keeps entries under `errors/<reason>/`. */
  park(reason: string, entries: readonly ParkedEntry[]): Promise<void> {
    return this.#next(async () => {
      if (entries.length === 0) return;
      const file = this.#parked.get(reason) ?? this.#newParkedFile(reason);
      await this.#staging.step("park");
      const lines = entries.map(({ input, position, message, raw, at }) =>
        JSON.stringify({ reason, input, position, message, at: at ?? this.mark.at, raw }),
      );
      await appendFile(file.file, `${lines.join("\n")}\n`);
      file.entries += entries.length;
      for (const entry of entries) file.inputs.add(this.inputNumber(entry.input));
    });
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
      const rewritten = await stageWithoutForgotten(this.lake, this.#staging, this.#forgotten);
      const inputs = result.inputs.map((input) => ({ ...input, number: this.inputNumber(input.path) }));
      const entry = this.#entry(inputs, rewritten);
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

  #newParkedFile(reason: string): OpenParked {
    const staged = this.#staging.parkedFile(reason);
    this.#staging.addParked(staged);
    const file = { ...staged, entries: 0, inputs: new Set<number>() };
    this.#parked.set(reason, file);
    return file;
  }

  #entry(inputs: ManifestEntry["inputs"], rewritten: readonly ParkedFile[]): ManifestEntry {
    const parked = [...this.#parked].map(([reason, { path, entries, inputs: numbers }]) => ({
      path,
      reason,
      entries,
      inputs: [...numbers].sort((a, b) => a - b),
    }));
    return {
      version: MANIFEST_VERSION,
      commit: this.number,
      run: this.mark.run,
      at: this.mark.at,
      parquet: this.#staging.parquet,
      errors: [...parked, ...rewritten],
      removed: this.#staging.removed,
      inputs,
      forgotten: [...this.#forgotten.values()],
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
