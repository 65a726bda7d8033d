import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileSha256 } from "./file-hash.js";
import type { Lake } from "./lake.js";
import { inLake, LakeLayout, type Partition } from "./lake-layout.js";
import type { ParquetPair, StagedFiles } from "./lake-stage.js";
import type { ParkedFile, ParquetFile, PrunedRows } from "./manifest-entry.js";
import type { Compression } from "./parquet-conversion.js";
import { Placements } from "./placements.js";

/** What a Parquet file holds, as the manifest says it. */
export type ParquetContent = Omit<ParquetFile, "path" | "partition" | "schema">;

/**
 * The files of a commit before it counts: written in a folder of their own inside the lake, to be moved into place together. With them, what
 * the manifest will say of Parquet files, parked ones and files that no longer count.
 */
export class CommitStaging {
  readonly folder: string;
  readonly parquet: ParquetFile[] = [];
  readonly errors: ParkedFile[] = [];
  /** Names of the lake. */
  readonly removed: string[] = [];
  readonly pruned: PrunedRows[] = [];
  readonly #placements: Placements;
  #files = 0;

  constructor(
    private readonly lake: Lake,
    private readonly commit: number,
  ) {
    this.folder = join(inLake(lake.folder, LakeLayout.staging), `commit-${commit}`);
    this.#placements = new Placements(lake.folder);
  }

  /** To be called before each change to the disk. */
  async step(name: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    this.lake.options.onStep?.(name);
  }

  /** A name for a new file, without its ending: no other commit gives it. */
  nextName(): string {
    return `part-${String(this.commit).padStart(10, "0")}-${String(++this.#files).padStart(4, "0")}`;
  }

  /** Where a Parquet file of this name is written. */
  pairOf(name: string): ParquetPair {
    return { parquet: join(this.folder, `${name}.parquet`), origin: join(this.folder, `${name}.origin.parquet`) };
  }

  get compression(): Compression {
    return this.lake.options.compression ?? "zstd";
  }

  /** Takes a Parquet file that was written at `staged`; `path` is its name of the lake. */
  addParquet(
    path: string,
    staged: ParquetPair,
    partition: Partition,
    content: ParquetContent,
    schema = this.lake.schema(),
  ): void {
    this.#placements.add(staged.parquet, path);
    this.#placements.add(staged.origin, LakeLayout.originOf(path));
    const { rows, bytes, inputs, sha256, originSha256 } = content;
    const sums = {
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(originSha256 === undefined ? {} : { originSha256 }),
    };
    this.parquet.push({ path, rows, bytes, partition: { ...partition }, inputs, schema, ...sums });
  }

  /** Takes a Parquet file that was written at `staged` as `name`, to stand beside `former`, in whose stead it comes. */
  async addRewritten(
    former: ParquetFile,
    name: string,
    staged: ParquetPair,
    content: Pick<ParquetContent, "rows" | "bytes" | "inputs">,
  ): Promise<void> {
    const folder = former.path.slice(0, former.path.lastIndexOf("/"));
    const sums = { sha256: await fileSha256(staged.parquet), originSha256: await fileSha256(staged.origin) };
    const path = `${folder}/${name}.parquet`;
    this.addParquet(path, staged, former.partition, { ...content, ...sums }, former.schema);
  }

  /** Where a new file of parked entries may be written. */
  parkedFile(): string {
    return join(this.folder, `${this.nextName()}.jsonl`);
  }

  /** Takes a file of parked entries that was written at `staged`. */
  async addParked(staged: string, content: Pick<ParkedFile, "reason" | "entries" | "inputs">): Promise<void> {
    const path = LakeLayout.parkedFile(content.reason, this.nextName());
    this.#placements.add(staged, path);
    this.errors.push({ path, ...content, sha256: await fileSha256(staged) });
  }

  /** Takes what a stage made. */
  async adopt({ parquet, parked }: StagedFiles): Promise<void> {
    const { source, region } = this.lake.settings;
    for (const { staged, partition, ...content } of parquet) {
      this.addParquet(LakeLayout.parquet(source, region, partition, this.nextName()), staged, partition, content);
    }
    for (const { staged, reason, entries, inputs } of parked) await this.addParked(staged, { reason, entries, inputs });
  }

  /** Moves all into place. */
  async place(): Promise<void> {
    await this.#placements.place((name) => this.step(name));
  }

  /** Takes out of the lake what was moved there. */
  async undo(): Promise<void> {
    await this.#placements.undo();
  }

  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
