import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { COMMON_FORMATS, VpcFormat } from "@tributary/flow";
import { type DuckDb, Lake, type LakeOptions, openDuckDb, stringLiteral } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { DEFAULT_SETTINGS, type TransformSettings } from "@tributary/transform";
import { afterAll, afterEach } from "vitest";
import { fileStore } from "../../packages/cli/src/ingest/file-bytes.js";
import { Ingest, type IngestOptions } from "../../packages/cli/src/ingest/ingest.js";
import type { IngestSummary } from "../../packages/cli/src/ingest/ingest-summary.js";
import { PathListing } from "../../packages/cli/src/ingest/input-listing.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder whose name has a quote, a space, brackets, `=` and a letter outside ASCII; removed after the test. */
export function workFolder(): string {
  const outer = mkdtempSync(join(tmpdir(), "tributary-run-"));
  folders.push(outer);
  const folder = join(outer, "it's a=b [Gewässer] 100%");
  mkdirSync(folder);
  return folder;
}

/** Writes a file and the folders above it; gives its path. */
export function put(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** 10 October 2026, 12:00 UTC: when the flows of these tests begin, s since the epoch. */
export const START = Date.UTC(2026, 9, 10, 12) / 1000;
export const ACCOUNT = "111122223333";
export const HEADER =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/** The n-th flow in the default format; its source port, bytes and times tell it from the others. */
export function vpcLine(n: number, { account = ACCOUNT, start = START + (n % 3600) } = {}): string {
  const port = 1024 + (n % 60_000);
  return `2 ${account} eni-0a1b2c3d4e5f60718 10.0.${(n >> 8) % 200}.${n % 250} 198.51.100.7 ${port} 443 6 3 ${100 + n} ${start} ${start + 59} ${n % 4 === 3 ? "REJECT" : "ACCEPT"} OK`;
}

/** Lines from one number up to another, each with its line end. */
export function vpcLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `${vpcLine(from + index)}\n`).join("");
}

/** A line without time, account or interface, so that nothing in it identifies it; for SHORT_FORMAT. */
export function shortLine(n: number): string {
  return `10.0.0.${n % 250} 198.51.100.7 ${1024 + n} 443 6 3 ${100 + n} ACCEPT`;
}
export const SHORT_FORMAT = "srcaddr dstaddr srcport dstport protocol packets bytes action";

const AZURE = new URL("../fixtures/azure/", import.meta.url);

/** The text of a recorded blob. */
export function azureBlob(name: string): string {
  return readFileSync(new URL(name, AZURE), "utf8");
}

export interface LocalRun {
  readonly summary: IngestSummary;
  readonly notes: readonly string[];
}

export interface LocalRunChanges extends Partial<Omit<IngestOptions, "lake" | "settings" | "formats">> {
  readonly settings?: Partial<TransformSettings>;
  /** Files and folders that are no inputs. */
  readonly except?: readonly string[];
  readonly formats?: readonly string[];
  readonly lakeOptions?: Partial<LakeOptions>;
}

const { window: _window, ...SETTINGS } = DEFAULT_SETTINGS;

export async function openLake(folder: string, options: Partial<LakeOptions> = {}): Promise<Lake> {
  return Lake.open(folder, {
    columns: duckdbColumns(networkActivity),
    create: true,
    source: "tributary",
    threads: 1,
    ...options,
  });
}

/** What one call of the command does, with a clock that stands still and hints that suit small files. */
export async function localRun(
  lakeFolder: string,
  paths: readonly string[],
  { settings, formats: lists, lakeOptions, except = [], standardInput, onNote, ...changes }: LocalRunChanges = {},
): Promise<LocalRun> {
  const lake = await openLake(lakeFolder, lakeOptions);
  const notes: string[] = [];
  const formats = lists?.map((fields) => VpcFormat.parse(fields)) ?? COMMON_FORMATS;
  try {
    const summary = await Ingest.run({
      lake,
      settings: () => ({ ...SETTINGS, accountFromStream: false, formats, ...settings }),
      formats,
      listing: new PathListing(paths, { except: [lakeFolder, ...except] }),
      store: fileStore,
      ...(standardInput !== undefined && paths.includes("-") ? { standardInput } : {}),
      provenance: false,
      spoolBytes: 64_000_000,
      buffering: { processingBytes: 200_000, objectBytes: 4_000_000 },
      again: false,
      run: "2026-10-15T00:00:00.000Z",
      now: () => Date.UTC(2026, 9, 15),
      commitEvery: 20_000,
      onNote: (note) => {
        notes.push(note);
        onNote?.(note);
      },
      ...changes,
    });
    return { summary, notes };
  } finally {
    await lake.close();
  }
}

let duckdb: DuckDb | undefined;
afterAll(() => {
  duckdb?.close();
  duckdb = undefined;
});

/** Rows of one statement, as text, over the lake's Parquet files as any DuckDB would find them: by glob, with its Hive partitions. */
export async function lakeQuery(lakeFolder: string, select: string): Promise<string[][]> {
  duckdb ??= await openDuckDb({ threads: 1 });
  const glob = `${lakeFolder.replace(/[[\]*?]/g, "[$&]")}/ext/**/*.parquet`;
  const rows = `read_parquet(${stringLiteral(glob)}, hive_partitioning = true, hive_types_autocast = false)`;
  try {
    const result = await duckdb.connection.runAndReadAll(select.replace("$rows", rows));
    return result.getRows().map((row) => row.map(String));
  } catch (error) {
    if (/No files found/.test((error as Error).message)) return [];
    throw error;
  }
}

/** Every row with all its columns, as sorted JSON text. */
export async function rowsOf(lakeFolder: string): Promise<string[]> {
  const rows = await lakeQuery(lakeFolder, "SELECT to_json(row)::VARCHAR FROM $rows AS row ORDER BY 1");
  return rows.map(([text = ""]) => text);
}

/** The `metadata.uid` of every row, sorted. */
export async function uidsOf(lakeFolder: string): Promise<string[]> {
  const rows = await lakeQuery(lakeFolder, "SELECT metadata.uid FROM $rows ORDER BY 1");
  return rows.map(([uid = ""]) => uid);
}

/** What a lake without any disturbance holds after these inputs. */
export async function undisturbedRows(paths: readonly string[], changes: LocalRunChanges = {}): Promise<string[]> {
  const lake = join(workFolder(), "lake");
  await localRun(lake, paths, changes);
  return rowsOf(lake);
}
