import { appendFile, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Column } from "./column.js";
import type { FailedDocument } from "./failed-documents.js";
import { fileSha256 } from "./file-hash.js";
import { explained } from "./lake-failure.js";
import { checkedPartition, type Partition, pathSegment } from "./lake-layout.js";
import type { ParkedFile, ParquetFile } from "./manifest-entry.js";
import { type Compression, convertSpool, type InputRange } from "./parquet-conversion.js";

/** A Parquet file and its origin file, on disk. */
export interface ParquetPair {
  readonly parquet: string;
  readonly origin: string;
}

/** A Parquet file outside the lake's folders of data, and all that the manifest will say of it but its name. */
export interface StagedParquet extends Omit<ParquetFile, "path" | "schema"> {
  readonly staged: ParquetPair;
}

/** A file of parked entries that is not yet in its place. */
export interface StagedParked extends Omit<ParkedFile, "path" | "sha256"> {
  readonly staged: string;
}

/** What a stage made. Plain values, so that threads can hand it over. */
export interface StagedFiles {
  readonly parquet: readonly StagedParquet[];
  readonly parked: readonly StagedParked[];
  /** Bytes of them all. */
  readonly bytes: number;
}

/** An input that is kept aside with its raw text. */
export interface ParkedEntry {
  /** Line, record or byte at which it begins; what the input's kind counts. */
  readonly position: number;
  readonly message: string;
  readonly raw: string;
}

export interface LakeStageOptions {
  /** A folder of its own, on the lake's file system. */
  readonly folder: string;
  /** The columns of its Parquet files. */
  readonly columns: readonly Column[];
  readonly compression: Compression;
  /** The connection that converts; asked for when first needed. */
  readonly converter: () => Promise<DuckDBConnection>;
  /** Called before every step that changes the disk; a fault test throws from it. */
  readonly onStep?: (step: string) => void;
}

/**
 * Rows and parked entries on their way into a lake, written beside it. Nothing of it counts before a commit adopts it, and it needs no
 * lock, so several threads may each have one.
 */
export class LakeStage {
  #parquet: StagedParquet[] = [];
  #parked = new Map<string, { readonly staged: string; entries: number; readonly inputs: Set<number> }>();
  #files = 0;
  #bytes = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LakeStageOptions) {}

  /** Bytes of the files that are staged and not yet taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Converts a spool of OCSF documents of one partition into one Parquet file. Gives the documents that do not convert: park them. The
   * spool may be removed afterwards. `ordered` says that its documents are in the order of their time already. Throws `bad-partition`,
   * and as `convertSpool` does.
   */
  addDocuments(
    partition: Partition,
    spool: string,
    ranges: readonly InputRange[],
    { ordered = false }: { readonly ordered?: boolean } = {},
  ): Promise<readonly FailedDocument[]> {
    return this.#next(async () => {
      checkedPartition(partition);
      const { folder, columns, compression, converter } = this.options;
      const name = this.#nextName();
      const staged = { parquet: join(folder, `${name}.parquet`), origin: join(folder, `${name}.origin.parquet`) };
      await this.#step("convert");
      const request = { spool, ranges, ordered, columns, ...staged, compression };
      const { failed, ...content } = await convertSpool(await converter(), request);
      if (content.rows > 0) {
        const sha256 = await fileSha256(staged.parquet);
        const originSha256 = await fileSha256(staged.origin);
        this.#parquet.push({ staged, partition: { ...partition }, ...content, sha256, originSha256 });
        this.#bytes += content.bytes + (await stat(staged.origin)).size;
      }
      return failed;
    });
  }

  /** Keeps entries of one input, to stand under `errors/<reason>/`. `at` is the time to record (ISO 8601). */
  park(
    reason: string,
    input: { readonly path: string; readonly number: number },
    entries: readonly ParkedEntry[],
    at: string,
  ): Promise<void> {
    return this.#next(async () => {
      if (entries.length === 0) return;
      const file = this.#parked.get(reason) ?? {
        staged: join(this.options.folder, `${this.#nextName()}.jsonl`),
        entries: 0,
        inputs: new Set(),
      };
      this.#parked.set(pathSegment("reason", reason), file);
      await this.#step("park");
      const lines = entries.map(({ position, message, raw }) =>
        JSON.stringify({ reason, input: input.path, position, message, at, raw }),
      );
      const text = Buffer.from(`${lines.join("\n")}\n`);
      await appendFile(file.staged, text);
      this.#bytes += text.length;
      file.entries += entries.length;
      file.inputs.add(input.number);
    });
  }

  /** Hands over what is staged; what comes after belongs to the next. */
  take(): Promise<StagedFiles> {
    return this.#next(async () => {
      const parked: StagedParked[] = [];
      for (const [reason, { staged, entries, inputs }] of this.#parked) {
        parked.push({ staged, reason, entries, inputs: [...inputs].sort((a, b) => a - b) });
      }
      const files = { parquet: this.#parquet, parked, bytes: this.#bytes };
      this.#parquet = [];
      this.#parked = new Map();
      this.#bytes = 0;
      return files;
    });
  }

  /** Removes what was not taken, or taken and not adopted. */
  async clear(): Promise<void> {
    await this.#work;
    await rm(this.options.folder, { recursive: true, force: true });
  }

  #nextName(): string {
    return String(++this.#files).padStart(6, "0");
  }

  async #step(name: string): Promise<void> {
    await mkdir(this.options.folder, { recursive: true });
    this.options.onStep?.(name);
  }

  /** One after the other: conversions would share the memory limit. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(() => explained(this.options.folder, work));
    this.#work = result.catch(() => undefined);
    return result;
  }
}
