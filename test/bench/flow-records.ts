import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packAzureRecord } from "@tributary/delivery";
import { AzureRecordSplitter, azureBlobKey, Parked, parseAzureRecord } from "@tributary/flow";
import { documentBytes } from "@tributary/ocsf";
import { DEFAULT_SETTINGS } from "@tributary/transform";
import { SAMPLE_END, writeSample } from "../../packages/cli/src/sample/write-sample.js";

/** The content of Firehose records, before base64, by what they carry. */
export interface FlowRecords {
  /** Version 5, all 29 fields in table order, one line each. */
  readonly allFields: readonly string[];
  /** The 14 fields of the default format, one line each. */
  readonly defaultFields: readonly string[];
  readonly azure: readonly string[];
}

const SAMPLE_FLOWS = 80_000;
const SEED = 20_261_015;
/** Lines of each format. */
const LINES = 16_000;
/** As many flows come within minutes where speed matters; the sample spreads them over days. s */
const PERIOD = 600;
const [START, END] = [10, 11];

/** Records made from a seeded sample of flow logs: the same on every machine. */
export async function flowRecords(): Promise<FlowRecords> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  try {
    await writeSample({ flows: SAMPLE_FLOWS, out: folder, seed: SEED });
    const paths = (await readdir(folder, { recursive: true })).toSorted();
    const lines: string[] = [];
    const azure: string[] = [];
    for (const path of paths) {
      if (path.endsWith(".log.gz")) {
        lines.push(
          ...gunzipSync(await readFile(join(folder, path)))
            .toString("latin1")
            .trim()
            .split("\n")
            .slice(1),
        );
      } else if (path.endsWith("PT1H.json")) azure.push(...packed(path, await readFile(join(folder, path))));
    }
    return { allFields: wrapped(lines, 29), defaultFields: wrapped(lines, 14), azure };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The sample's flows of one format, moved into a few minutes, as AWS delivers them. */
function wrapped(lines: readonly string[], fields: number): string[] {
  const records = lines
    .map((line) => line.split(" "))
    // Lines without data give no document.
    .filter((words) => words.length === fields && words.includes("OK"))
    .slice(0, LINES);
  const starts = records.map((words) => Number(words[START]));
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  return records.map((words, index) => {
    const start = starts[index] ?? 0;
    const moved = SAMPLE_END.getTime() / 1000 - 2 * PERIOD + Math.floor(((start - first) / (last - first)) * PERIOD);
    const end = moved + Number(words[END]) - start;
    return JSON.stringify({ message: words.with(START, String(moved)).with(END, String(end)).join(" ") });
  });
}

/** The packed records of a blob, as the blob reader hands them to the stream. */
function packed(path: string, content: Uint8Array): string[] {
  const blob = azureBlobKey(path) ?? path;
  const limits = { responseBudgetBytes: DEFAULT_SETTINGS.responseBudgetBytes, documentBytes };
  const splitter = new AzureRecordSplitter();
  return [...splitter.push(content), ...splitter.end()].flatMap((found) => {
    const record = found.kind === "parked" ? found.parked : parseAzureRecord(found.value, found.text);
    if (record instanceof Parked) throw new Error(`${path} at ${found.offset}: ${record.message}`);
    const { header, groups } = record;
    const packings = [...packAzureRecord({ blob, offset: found.offset, header, groups }, limits)];
    return packings.flatMap((packing) => (packing.kind === "packed" ? [packing.data] : []));
  });
}
