import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lake } from "./lake.js";
import { inLake, LakeLayout, type Partition } from "./lake-layout.js";
import type { ParquetFile } from "./manifest-entry.js";
import type { Compression } from "./parquet-conversion.js";
import { Placements } from "./placements.js";

/** A Parquet file and its origin file, on disk. */
export interface ParquetPair {
  readonly parquet: string;
  readonly origin: string;
}

/** A file of parked entries, on disk, and its name of the lake. */
export interface StagedParked {
  readonly file: string;
  readonly path: string;
}

/** What a Parquet file holds, as the manifest says it. */
export type ParquetContent = Pick<ParquetFile, "rows" | "bytes" | "inputs">;

/**
 * The files of a commit before it counts: written in a folder of their own inside the lake, to be moved into place together. With them, what
 * the manifest will say of Parquet files and of files that no longer count.
 */
export class CommitStaging {
  readonly folder: string;
  readonly parquet: ParquetFile[] = [];
  /** Names of the lake. */
  readonly removed: string[] = [];
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
    { rows, bytes, inputs }: ParquetContent,
    schema = this.lake.schema(),
  ): void {
    this.#placements.add(staged.parquet, path);
    this.#placements.add(staged.origin, LakeLayout.originOf(path));
    this.parquet.push({ path, rows, bytes, partition: { ...partition }, inputs, schema });
  }

  /** Takes a Parquet file that was written at `staged` as `name`, to stand beside `former`, in whose stead it comes. */
  addRewritten(former: ParquetFile, name: string, staged: ParquetPair, content: ParquetContent): void {
    const folder = former.path.slice(0, former.path.lastIndexOf("/"));
    this.addParquet(`${folder}/${name}.parquet`, staged, former.partition, content, former.schema);
  }

  /** Where a new file of parked entries is written, and what its name of the lake will be. */
  parkedFile(reason: string): StagedParked {
    const name = this.nextName();
    return { file: join(this.folder, `${name}.jsonl`), path: LakeLayout.parkedFile(reason, name) };
  }

  /** Takes a file of parked entries. */
  addParked({ file, path }: StagedParked): void {
    this.#placements.add(file, path);
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
