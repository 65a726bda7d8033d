import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CommitStaging } from "./commit-staging.js";
import { refuseChanged } from "./committed-file.js";
import {
  compactionPlan,
  type MergeGroup,
  type PartitionPlan,
  type PlanOptions,
  parkedPlan,
  type SizedParked,
} from "./compaction-plan.js";
import { sizeOf } from "./files-size.js";
import { refuseFullDisk } from "./free-space.js";
import { groupedBy } from "./grouped-by.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";
import type { ParquetFile } from "./manifest-entry.js";
import { inputsOf, mergeParked } from "./parked-merge.js";
import { mergeParquet } from "./parquet-merge.js";
import { fileLiteral } from "./sql-literal.js";

export interface CompactOptions extends PlanOptions {
  /** Open for writing. */
  readonly lake: Lake;
  /** Names the run in the manifest. */
  readonly run: string;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Rows that are sorted at a time, 40,000 by default: with 25 kB a row, 1 GB. */
  readonly sliceRows?: number;
  /** Free bytes of the lake's disk; asked of it by default. */
  readonly freeBytes?: () => Promise<number>;
  /** Ends it after the files in hand. What is done stays. */
  readonly signal?: AbortSignal;
  /** Of the files that have been merged so far. */
  readonly onProgress?: (done: { readonly flows: number; readonly bytes: number }) => void;
}

export interface CompactSummary {
  /** Partitions in which files were merged. */
  readonly partitions: number;
  /** Files that were merged, and files that came of them. */
  readonly merged: number;
  readonly written: number;
  readonly rows: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly parked: { readonly merged: number; readonly written: number };
  readonly commits: number;
  readonly interrupted: boolean;
}

const SLICE_ROWS = 40_000;

/** What a merge writes before the files it replaces can go: pieces, which are compressed lightly, and the merged file. */
const SPACE_FACTOR = 4;

/**
 * Merges small files of each partition into files of up to the target size, and small files of parked entries of each reason. Rows, their
 * values and which input they came from stay; rows are in the order of their time. Each merged file is one commit, so that the files that it
 * replaces free their space before the next merge: stopped anywhere, it leaves every row once, and the next call does the rest.
 * Throws `too-little-space` before a merge that the disk has no room for, `file-changed` for a file that is not what was committed, as
 * `mergeParquet` does, and what `lakeFailure` explains.
 */
export async function compactLake(options: CompactOptions): Promise<CompactSummary> {
  return explained(options.lake.folder, () => new Compaction(options).run());
}

class Compaction {
  readonly #sum = { partitions: 0, merged: 0, written: 0, rows: 0, bytesBefore: 0, bytesAfter: 0, commits: 0 };
  readonly #parked = { merged: 0, written: 0 };

  constructor(private readonly options: CompactOptions) {}

  async run(): Promise<CompactSummary> {
    for (const partition of compactionPlan(this.options.lake.parquetFiles(), this.options)) {
      if (this.#stopped) break;
      await this.#compactPartition(partition);
    }
    // They have no day.
    if (this.options.before === undefined) await this.#compactParked();
    return { ...this.#sum, parked: this.#parked, interrupted: this.#stopped };
  }

  get #stopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  /** Again and again, since many small files may come to some that are small still. */
  async #compactPartition({ accountId, eventDay }: PartitionPlan): Promise<void> {
    const before = this.#sum.written;
    let written: number;
    do {
      written = this.#sum.written;
      const files = this.options.lake
        .parquetFiles()
        .filter(({ partition }) => partition.accountId === accountId && partition.eventDay === eventDay);
      for (const plan of compactionPlan(files, this.options)) {
        for (const group of plan.groups) await this.#compactGroup(group);
      }
    } while (this.#sum.written > written && !this.#stopped);
    if (this.#sum.written > before) this.#sum.partitions++;
  }

  async #compactGroup(group: MergeGroup<ParquetFile>): Promise<void> {
    if (this.#stopped) return;
    for (const files of await this.#ofEqualColumns(group)) {
      if (this.#stopped) return;
      await this.#merge(files);
    }
  }

  /** Files of one fingerprint may have columns of their own all the same, where `lake enrich` has added some. */
  async #ofEqualColumns({ files }: MergeGroup<ParquetFile>): Promise<readonly (readonly ParquetFile[])[]> {
    const { lake } = this.options;
    const columnsOf = new Map<string, string>();
    for (const file of files) {
      const path = inLake(lake.folder, file.path);
      await refuseChanged(path, { bytes: file.bytes });
      const connection = await lake.converter();
      const described = await connection.runAndReadAll(
        `DESCRIBE SELECT * FROM read_parquet(${fileLiteral(path)}, hive_partitioning = false)`,
      );
      columnsOf.set(file.path, JSON.stringify(described.getRows().map(([name, type]) => [name, type])));
    }
    const alike = groupedBy(files, ({ path }) => columnsOf.get(path) ?? "");
    return [...alike.values()].filter((group) => group.length > 1);
  }

  async #merge(files: readonly ParquetFile[]): Promise<void> {
    const { lake, onProgress } = this.options;
    const { bytes } = sizeOf(files);
    await refuseFullDisk(lake.folder, bytes * SPACE_FACTOR, this.options.freeBytes);
    const merged = await this.#commit((staging) => this.#stageMerged(files, staging));
    this.#sum.merged += files.length;
    this.#sum.written++;
    this.#sum.rows += merged.rows;
    this.#sum.bytesBefore += bytes;
    this.#sum.bytesAfter += merged.bytes;
    onProgress?.({ flows: this.#sum.rows, bytes: this.#sum.bytesBefore });
  }

  async #stageMerged(files: readonly ParquetFile[], staging: CommitStaging) {
    const { lake, sliceRows = SLICE_ROWS } = this.options;
    await staging.step("merge");
    const from = [];
    for (const { path, sha256, originSha256 } of files) {
      const pair = { parquet: inLake(lake.folder, path), origin: inLake(lake.folder, LakeLayout.originOf(path)) };
      // What was damaged must not get a checksum that says it is well.
      await refuseChanged(pair.parquet, { sha256 });
      await refuseChanged(pair.origin, { sha256: originSha256 });
      from.push(pair);
    }
    const name = staging.nextName();
    const to = staging.pairOf(name);
    const { compression, folder } = staging;
    const pieces = join(folder, "pieces");
    const merged = await mergeParquet(await lake.converter(), { from, to, folder: pieces, compression, sliceRows });
    const [first] = files;
    if (first !== undefined) await staging.addRewritten(first, name, to, { ...merged, inputs: inputsOf(files) });
    staging.removed.push(...files.map(({ path }) => path));
    return merged;
  }

  async #compactParked(): Promise<void> {
    const { lake, targetBytes } = this.options;
    const sized: SizedParked[] = [];
    for (const file of lake.parkedFiles()) {
      const path = inLake(lake.folder, file.path);
      await refuseChanged(path, {});
      sized.push({ ...file, bytes: (await stat(path)).size });
    }
    for (const { files, bytes } of parkedPlan(sized, targetBytes)) {
      if (this.#stopped) return;
      await refuseFullDisk(lake.folder, bytes, this.options.freeBytes);
      await this.#commit((staging) => mergeParked(lake.folder, files, staging));
      this.#parked.merged += files.length;
      this.#parked.written++;
    }
  }

  async #commit<T>(stage: (staging: CommitStaging) => Promise<T>): Promise<T> {
    const { lake, run, now } = this.options;
    const commit = lake.begin({ run, at: new Date(now()).toISOString() });
    try {
      const staged = await commit.change(stage);
      await commit.finish({ inputs: [] });
      this.#sum.commits++;
      return staged;
    } catch (error) {
      await commit.abandon();
      throw error;
    }
  }
}
