import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { openDuckDb, stringLiteral } from "@tributary/lake";
import { inBenchFolder } from "./bench-folder.js";
import { measuredRun, type RunPace, takeRuns, timesAsFast, writeSample } from "./measured-run.js";

const FLOWS = 1_000_000;
const LINES = 400_000;
const FILES = 4;
const ROUNDS = 3;
const NUMBERS = new Set(["version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"]);

/** The same flows as text in gzip and as Parquet, both as AWS delivers them. */
export async function parquetBench(): Promise<{
  readonly parquet: { readonly text: RunPace; readonly parquet: RunPace; readonly timesAsFast: number };
}> {
  return inBenchFolder(async (folder) => {
    const { header, lines } = await defaultLines(await writeSample(folder, FLOWS));
    const [text, parquet] = [join(folder, "text"), join(folder, "parquet")];
    for (let file = 0; file < FILES; file++) {
      const part = lines.slice((file * lines.length) / FILES, ((file + 1) * lines.length) / FILES);
      await writeForms(folder, String(file), [header, ...part]);
    }
    const paces = await takeRuns(ROUNDS, {
      text: () => measuredRun(folder, [text]),
      parquet: () => measuredRun(folder, [parquet]),
    });
    return { parquet: { ...paces, timesAsFast: timesAsFast(paces.parquet, paces.text) } };
  });
}

/** Lines of the default format. */
async function defaultLines(sample: string): Promise<{ readonly header: string; readonly lines: readonly string[] }> {
  let header = "";
  const lines: string[] = [];
  for (const path of (await readdir(sample, { recursive: true })).toSorted()) {
    if (!path.endsWith(".log.gz")) continue;
    const [first = "", ...rest] = gunzipSync(await readFile(join(sample, path)))
      .toString("latin1")
      .trimEnd()
      .split("\n");
    if (first.split(" ").length !== 14) continue;
    header = first;
    for (const line of rest) if (lines.length < LINES) lines.push(line);
  }
  return { header, lines };
}

async function writeForms(folder: string, name: string, lines: readonly string[]): Promise<void> {
  await mkdir(join(folder, "text"), { recursive: true });
  await mkdir(join(folder, "parquet"), { recursive: true });
  const plain = join(folder, "lines.txt");
  const content = `${lines.join("\n")}\n`;
  await writeFile(plain, content);
  await writeFile(join(folder, "text", `${name}.log.gz`), gzipSync(content));
  const columns = (lines[0] ?? "").split(" ").map((field) => {
    const column = `"${field.replaceAll("-", "_")}"`;
    return NUMBERS.has(field) ? `TRY_CAST("${field}" AS BIGINT) AS ${column}` : `"${field}" AS ${column}`;
  });
  const duckdb = await openDuckDb({ threads: 1 });
  await duckdb.connection.run(
    `COPY (SELECT ${columns.join(", ")} FROM read_csv(${stringLiteral(plain)}, delim = ' ', header = true, all_varchar = true))
     TO ${stringLiteral(join(folder, "parquet", `${name}.log.parquet`))} (FORMAT parquet, COMPRESSION gzip)`,
  );
  duckdb.close();
}
