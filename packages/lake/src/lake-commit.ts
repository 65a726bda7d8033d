import { access, appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, TributaryError } from "@tributary/flow";
import { replaceColumns } from "./column-replacement.js";
import type { FailedDocument } from "./failed-documents.js";
import { removeParked, removeRows } from "./input-removal.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout, type Partition } from "./lake-layout.js";
import { MANIFEST_VERSION } from "./manifest.js";
import type { InputState, ManifestEntry, ParkedFile, ParquetFile } from "./manifest-entry.js";
import { convertSpool, type InputRange } from "./parquet-conversion.js";
import { Placements } from "./placements.js";

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

const DEFAULT_COMPRESSION = "zstd";

/**
 * Rows, parked entries and input positions that come to count together or not at all. Everything is staged inside the lake; `finish`
 * moves it into place and then writes one manifest entry, whose appearance is the commit.
 */
export class LakeCommit {
  readonly number: number;
  ended = false;
  readonly #staging: string;
  readonly #parquet: ParquetFile[] = [];
  readonly #parked = new Map<string, { path: string; file: string; entries: number; inputs: Set<number> }>();
  readonly #rewritten: ParkedFile[] = [];
  readonly #placements: Placements;
  readonly #removed: string[] = [];
  readonly #forgotten = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  #nextInput: number;
  #files = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly lake: Lake,
    private readonly mark: { readonly run: string; readonly at: string },
  ) {
    this.number = lake.state.commit + 1;
    this.#nextInput = lake.state.nextInput;
    this.#placements = new Placements(lake.folder);
    this.#staging = join(inLake(lake.folder, LakeLayout.staging), `commit-${this.number}`);
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
      const name = this.#nextName();
      const path = LakeLayout.parquet(this.lake.settings.source, this.lake.settings.region, partition, name);
      const staged = this.#stagedPair(name);
      await this.#step("convert");
      const conversion = await convertSpool(await this.lake.converter(), {
        spool,
        ranges,
        ordered,
        columns: this.lake.options.columns,
        ...staged,
        compression: this.lake.options.compression ?? DEFAULT_COMPRESSION,
      });
      if (conversion.rows > 0) this.#addParquet(path, staged, partition, conversion);
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
      const name = this.#nextName();
      const staged = this.#stagedPair(name);
      await this.#step("replace-columns");
      const bytes = await replaceColumns(await this.lake.converter(), {
        from: { parquet: inLake(folder, file.path), origin: inLake(folder, LakeLayout.originOf(file.path)) },
        to: staged,
        spool,
        columns: options.columns.filter((column) => columns.includes(column.name)),
        compression: options.compression ?? DEFAULT_COMPRESSION,
      });
      this.#addParquet(beside(file.path, name), staged, file.partition, { ...file, bytes }, file.schema);
      this.#removed.push(file.path);
    });
  }

  /** Keeps entries under `errors/<reason>/`. */
  park(reason: string, entries: readonly ParkedEntry[]): Promise<void> {
    return this.#next(async () => {
      if (entries.length === 0) return;
      const file = this.#parked.get(reason) ?? this.#newParkedFile(reason);
      await this.#step("park");
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
      await mkdir(this.#staging, { recursive: true });
      await this.#rewriteWithoutForgotten();
      const inputs = result.inputs.map((input) => ({ ...input, number: this.inputNumber(input.path) }));
      const entry = this.#entry(inputs);
      this.#refuseUnknownInputs(entry);
      await this.#placements.place((step) => this.#step(step));
      await this.#step("write-entry");
      await this.#publish(entry);
      await this.#step("entry-written");
      await this.#cleanUp(entry);
      return entry;
    });
  }

  /** Undoes what was staged. Does nothing after a commit that came to count. */
  async abandon(): Promise<void> {
    await this.#work.catch(() => undefined);
    this.ended = true;
    if (!(await this.#counts())) await this.#placements.undo();
    await rm(this.#staging, { recursive: true, force: true });
  }

  async #rewriteWithoutForgotten(): Promise<void> {
    const numbers = new Set(this.#forgotten.values());
    if (numbers.size === 0) return;
    const { state, folder } = this.lake;
    const concerned = (file: { readonly inputs: readonly number[] }) => file.inputs.some((input) => numbers.has(input));
    const remaining = (inputs: readonly number[]) => inputs.filter((input) => !numbers.has(input));
    for (const file of [...state.parquet.values()].filter(concerned)) {
      // It would be written twice: with its new columns, and without the input's rows.
      if (this.#removed.includes(file.path)) throw replacedAndForgotten(file.path);
      await this.#step("remove-rows");
      const name = this.#nextName();
      const staged = this.#stagedPair(name);
      const left = await removeRows(await this.lake.converter(), {
        from: { parquet: inLake(folder, file.path), origin: inLake(folder, LakeLayout.originOf(file.path)) },
        to: staged,
        inputs: [...numbers],
        compression: this.lake.options.compression ?? DEFAULT_COMPRESSION,
      });
      if (left.rows > 0) {
        this.#addParquet(
          beside(file.path, name),
          staged,
          file.partition,
          { ...left, inputs: remaining(file.inputs) },
          file.schema,
        );
      }
      this.#removed.push(file.path);
    }
    for (const file of [...state.errors.values()].filter(concerned)) {
      await this.#step("remove-parked");
      const name = this.#nextName();
      const from = join(this.#staging, `${name}.jsonl`);
      const entries = await removeParked(inLake(folder, file.path), from, new Set(this.#forgotten.keys()));
      if (entries > 0) {
        const to = LakeLayout.parkedFile(file.reason, name);
        this.#placements.add(from, to);
        this.#rewritten.push({ path: to, reason: file.reason, entries, inputs: remaining(file.inputs) });
      }
      this.#removed.push(file.path);
    }
  }

  #addParquet(
    path: string,
    staged: { readonly parquet: string; readonly origin: string },
    partition: Partition,
    content: { readonly rows: number; readonly bytes: number; readonly inputs: readonly number[] },
    schema = this.lake.schema(),
  ): void {
    const { rows, bytes, inputs } = content;
    this.#placements.add(staged.parquet, path);
    this.#placements.add(staged.origin, LakeLayout.originOf(path));
    this.#parquet.push({ path, rows, bytes, partition: { ...partition }, inputs, schema });
  }

  #newParkedFile(reason: string) {
    const name = this.#nextName();
    const to = LakeLayout.parkedFile(reason, name);
    const file = { path: to, file: join(this.#staging, `${name}.jsonl`), entries: 0, inputs: new Set<number>() };
    this.#placements.add(file.file, to);
    this.#parked.set(reason, file);
    return file;
  }

  #entry(inputs: ManifestEntry["inputs"]): ManifestEntry {
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
      parquet: this.#parquet,
      errors: [...parked, ...this.#rewritten],
      removed: this.#removed,
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
      await this.lake.manifest.append(entry, this.#staging);
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
      await this.#step("delete");
      await rm(inLake(folder, path), { force: true });
      if (path.endsWith(".parquet")) await rm(inLake(folder, LakeLayout.originOf(path)), { force: true });
    }
    if (manifest.wantsCheckpoint) {
      await this.#step("checkpoint");
      await manifest.writeCheckpoint(state, this.#staging);
      await this.#step("compact");
      await manifest.removeObsolete(state);
    }
    await this.#step("clear-staging");
    await rm(this.#staging, { recursive: true, force: true });
  }

  #nextName(): string {
    return `part-${String(this.number).padStart(10, "0")}-${String(++this.#files).padStart(4, "0")}`;
  }

  #stagedPair(name: string): { readonly parquet: string; readonly origin: string } {
    return { parquet: join(this.#staging, `${name}.parquet`), origin: join(this.#staging, `${name}.origin.parquet`) };
  }

  async #step(name: string): Promise<void> {
    await mkdir(this.#staging, { recursive: true });
    this.lake.options.onStep?.(name);
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

function replacedAndForgotten(path: string): TributaryError {
  return new TributaryError(
    "commit-conflict",
    `columns of ${path} are replaced in a commit that also forgets an input of it: do it in two commits`,
  );
}

/** The place of another Parquet file in the folder of one. */
function beside(path: string, name: string): string {
  return `${path.slice(0, path.lastIndexOf("/"))}/${name}.parquet`;
}
