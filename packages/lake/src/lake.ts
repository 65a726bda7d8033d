import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { ConfigurationError } from "@tributary/flow";
import type { Column } from "./column.js";
import { type DuckDb, openDuckDb } from "./duckdb.js";
import { writeDurably } from "./durable-file.js";
import { LakeCommit } from "./lake-commit.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout, pathSegment } from "./lake-layout.js";
import { LakeLock } from "./lake-lock.js";
import { recoverLake } from "./lake-recovery.js";
import { LakeStage } from "./lake-stage.js";
import type { LakeState } from "./lake-state.js";
import { Manifest, refuseNewer } from "./manifest.js";
import type { ParkedFile, ParquetFile, RecordedInput } from "./manifest-entry.js";
import type { Compression } from "./parquet-conversion.js";
import { readRows } from "./row-reader.js";

export interface LakeOptions {
  /** The columns of its Parquet files. */
  readonly columns: readonly Column[];
  /** Makes the lake when the folder has none. */
  readonly create?: boolean;
  /** Needs no lock, so it works beside a writer and sees the commits made before it opened. */
  readonly readOnly?: boolean;
  /** Name of the Security Lake custom source; given when the lake is made. */
  readonly source?: string;
  /** The region in its paths; given when the lake is made. */
  readonly region?: string;
  /** Bounds of the conversion, as in `DuckDbOptions`. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  readonly compression?: Compression;
  /** Called before every step that changes the disk; a fault test throws from it. */
  readonly onStep?: (step: string) => void;
}

interface LakeSettings {
  readonly version: number;
  readonly source: string;
  readonly region: string;
}

const SETTINGS_VERSION = 1;

/**
 * Flows in a folder: Parquet in the Security Lake layout, parked input beside it, and a manifest that commits both together with how
 * far each input has been read. What no manifest entry names does not count and is removed when a writer opens the lake.
 */
export class Lake {
  #duckdb: DuckDb | undefined;
  #commit: LakeCommit | undefined;
  /** Of inputs that no commit has named yet. */
  readonly #numbers = new Map<string, number>();
  #nextInput = 1;

  private constructor(
    /** Absolute path of the lake's folder. */
    readonly folder: string,
    readonly options: LakeOptions,
    readonly settings: LakeSettings,
    readonly manifest: Manifest,
    readonly state: LakeState,
    private readonly lock: LakeLock | undefined,
  ) {}

  /**
   * Opens the lake in `folder`, and unless read-only takes its lock and clears what an interrupted run left.
   * Throws `no-lake`, `not-a-lake`, `lake-in-use`, `newer-lake`, `damaged-manifest`, and what `lakeFailure` explains.
   */
  static async open(folder: string, options: LakeOptions): Promise<Lake> {
    const root = resolve(folder);
    return explained(root, async () => {
      const found = await readSettings(root);
      if (found === undefined && (options.readOnly || !options.create)) {
        throw new ConfigurationError(
          "no-lake",
          `${root} holds no lake: name the folder of one, or ingest flow logs into it first`,
        );
      }
      const manifest = new Manifest(inLake(root, LakeLayout.manifest));
      if (options.readOnly && found !== undefined) {
        return new Lake(root, options, found, manifest, await manifest.read(), undefined);
      }
      if (found === undefined) await refuseForeignData(root);
      for (const name of [LakeLayout.manifest, LakeLayout.origin, LakeLayout.staging]) {
        await mkdir(inLake(root, name), { recursive: true });
      }
      const lock = await LakeLock.take(inLake(root, LakeLayout.lock));
      try {
        const settings = found ?? (await readSettings(root)) ?? (await writeSettings(root, options));
        const state = await manifest.read();
        await recoverLake(root, settings.source, manifest, state);
        return new Lake(root, options, settings, manifest, state, lock);
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /** Every input that was ever committed, by its path. */
  inputs(): ReadonlyMap<string, RecordedInput> {
    return this.state.inputs;
  }

  /** The Parquet files that count. */
  parquetFiles(): readonly ParquetFile[] {
    return [...this.state.parquet.values()];
  }

  /** The files of parked input that count. */
  parkedFiles(): readonly ParkedFile[] {
    return [...this.state.errors.values()];
  }

  /** The rows of one of its Parquet files, as `readRows` gives them. Neither commit nor read anything else until the last one. */
  rows(file: ParquetFile, columns: readonly string[]): AsyncIterable<readonly string[]> {
    return rowsOf(this, file, columns);
  }

  /** The lake's number for an input, for use in ranges; the same until the lake is closed, and for ever once it is committed. */
  inputNumber(path: string): number {
    const known = this.#numbers.get(path) ?? this.state.inputs.get(path)?.number;
    if (known !== undefined) return known;
    const number = Math.max(this.#nextInput, this.state.nextInput);
    this.#nextInput = number + 1;
    this.#numbers.set(path, number);
    return number;
  }

  /** A stage that converts with the lake's own connection. `name` tells it from others. */
  stage(name: string): LakeStage {
    const { columns, compression = "zstd", onStep } = this.options;
    return new LakeStage({
      folder: stagingFolder(this.folder, name),
      columns,
      compression,
      converter: () => this.converter(),
      ...(onStep === undefined ? {} : { onStep }),
    });
  }

  /** Starts a commit; one at a time. `at` is the time to record (ISO 8601), `run` names the run. */
  begin(mark: { readonly run: string; readonly at: string }): LakeCommit {
    if (this.lock === undefined)
      throw new ConfigurationError("read-only-lake", `${this.folder} is open for reading only: open it for writing`);
    if (this.#commit !== undefined && !this.#commit.ended) {
      throw new ConfigurationError(
        "commit-open",
        `commit ${this.#commit.number} of ${this.folder} is still open: finish or abandon it first`,
      );
    }
    this.#commit = new LakeCommit(this, mark);
    return this.#commit;
  }

  /** The connection that converts; opened when first needed. */
  async converter(): Promise<DuckDBConnection> {
    const { memoryLimit, threads } = this.options;
    this.#duckdb ??= await openDuckDb({
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(threads === undefined ? {} : { threads }),
      tempDirectory: join(inLake(this.folder, LakeLayout.staging), "duckdb"),
    });
    return this.#duckdb.connection;
  }

  /** Fingerprint of the declared columns. */
  schema(): string {
    return createHash("sha256").update(JSON.stringify(this.options.columns)).digest("hex").slice(0, 16);
  }

  /** Gives up the lock. An open commit is lost, as in a crash. */
  async close(): Promise<void> {
    this.#duckdb?.close();
    this.#duckdb = undefined;
    await this.lock?.release();
  }
}

/** Where a stage of this name may write in the lake of a folder. */
export function stagingFolder(folder: string, name: string): string {
  return join(inLake(folder, LakeLayout.staging), name);
}

async function* rowsOf(lake: Lake, file: ParquetFile, columns: readonly string[]): AsyncGenerator<readonly string[]> {
  yield* readRows(await lake.converter(), inLake(lake.folder, file.path), columns);
}

async function readSettings(root: string): Promise<LakeSettings | undefined> {
  const path = inLake(root, LakeLayout.settings);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw error;
  }
  let settings: Partial<LakeSettings>;
  try {
    settings = JSON.parse(text) as Partial<LakeSettings>;
  } catch (cause) {
    throw new ConfigurationError("not-a-lake", `${path} is not JSON: restore it, or use another lake folder`, {
      cause,
    });
  }
  const { version, source, region } = settings;
  if (typeof version !== "number" || typeof source !== "string" || typeof region !== "string") {
    throw new ConfigurationError(
      "not-a-lake",
      `${path} lacks version, source or region: restore it, or use another lake folder`,
    );
  }
  refuseNewer(path, version, SETTINGS_VERSION);
  return { version, source, region };
}

async function writeSettings(root: string, options: LakeOptions): Promise<LakeSettings> {
  const settings = {
    version: SETTINGS_VERSION,
    source: pathSegment("source", options.source ?? "tributary-flows"),
    region: pathSegment("region", options.region ?? "local"),
  };
  const path = inLake(root, LakeLayout.settings);
  await writeDurably(path, `${path}.new`, `${JSON.stringify(settings)}\n`);
  return settings;
}

/** A folder with Parquet of somebody else must not become a lake: what no manifest names would be removed. */
async function refuseForeignData(root: string): Promise<void> {
  for (const name of [LakeLayout.data, LakeLayout.errors]) {
    const content = await readdir(inLake(root, name)).catch(() => []);
    if (content.length > 0) {
      throw new ConfigurationError(
        "not-a-lake",
        `${join(root, name)} already holds files of another origin: use an empty folder for the lake`,
      );
    }
  }
  await rm(inLake(root, `${LakeLayout.settings}.new`), { force: true });
}
