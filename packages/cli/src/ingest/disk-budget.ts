import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "@tributary/flow";
import type { Lake } from "@tributary/lake";
import { formatBytes } from "../terminal/units.js";
import type { JobBatch } from "./job-host.js";
import type { LocalBuffering } from "./local-stream.js";

/** A conversion has the documents of one object on disk beside the Parquet that they become. */
const PER_OBJECT = 1.25;
/** What waits for the transformation becomes so much more, up to what one answer of it may hold, bytes. */
const EXPANSION = 50;
const MAX_ANSWER = 6_000_000;
/** What a commit records stands in its entry, in a checkpoint, and for a moment in the next one. */
const RECORDED = 3;
/** The list of sums is written beside the last one. */
const LISTED = 2;
/** Of one of its lines, the path aside. */
const SUM_BYTES = 70;

/** What a lake's folder may still take, judged before it is taken. */
export class DiskBudget {
  #parquet: number;
  #others: number;

  private constructor(
    private readonly lake: Lake,
    used: number,
    private readonly limit: number,
    private readonly reserve: number,
  ) {
    this.#parquet = parquetBytes(lake);
    this.#others = used - this.#parquet;
  }

  /**
   * Of a lake with what it has now, into which so many jobs read. Throws ConfigurationError `max-disk-too-small` when nothing could be
   * read within the limit.
   */
  static async of(
    lake: Lake,
    limit: number,
    { jobs, buffering }: { readonly jobs: number; readonly buffering: LocalBuffering },
  ): Promise<DiskBudget> {
    const used = await bytesIn(lake.folder);
    // An object takes a whole answer more than the one that it is due with.
    const object = buffering.objectBytes + Math.min(EXPANSION * buffering.processingBytes, MAX_ANSWER);
    const budget = new DiskBudget(lake, used, limit, Math.ceil(jobs * object * PER_OBJECT));
    if (budget.isFull(0)) {
      throw new ConfigurationError(
        "max-disk-too-small",
        `--max-disk ${formatBytes(limit)} is too little for ${lake.folder}: it has ${formatBytes(used)}, and the documents under conversion need ${formatBytes(budget.reserve)}; raise it, remove days with "tributary lake prune", or lower --object-buffer and --jobs`,
      );
    }
    return budget;
  }

  /** Whether no more may be read while so many bytes are on their way. */
  isFull(onTheWay: number): boolean {
    return this.#parquet + this.#others + onTheWay + this.reserve >= this.limit;
  }

  /** Counts what came to stay with a batch that is committed; what it replaced is gone. */
  committed(batch: JobBatch): void {
    const { files, inputs } = batch;
    const sums = inputs.reduce(
      (sum, { state }) => sum + (state.sha256 === undefined ? 0 : SUM_BYTES + Buffer.byteLength(state.path)),
      0,
    );
    const others = files.bytes - files.parquet.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#others += others + RECORDED * Buffer.byteLength(JSON.stringify(batch)) + LISTED * sums;
    this.#parquet = parquetBytes(this.lake);
  }
}

/** Of the files of data, whose sizes the lake knows. */
function parquetBytes(lake: Lake): number {
  return lake.parquetFiles().reduce((sum, { bytes }) => sum + bytes, 0);
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    // Another process may remove it meanwhile.
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}
