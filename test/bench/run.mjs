// Measures the transformation, what an inventory costs, and the whole way; prints one JSON object. Numbers are only comparable within one
// run. `--only <part>` runs one part. BENCH_LONG=1 has the memory measured with all flows of ten gigabytes.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PARTS = [
  { name: "transform", file: "transform.ts", run: "transformBench" },
  { name: "inventory", file: "inventory.ts", run: "inventoryBench" },
  { name: "end-to-end", file: "end-to-end.ts", run: "endToEnd" },
  { name: "match", file: "match.ts", run: "matchBench" },
  { name: "jobs", file: "jobs.ts", run: "jobsBench" },
  { name: "memory", file: "memory.ts", run: "memoryBench" },
  { name: "parquet", file: "parquet.ts", run: "parquetBench" },
  { name: "s3", file: "s3.ts", run: "s3Bench" },
];

const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const at = (name) => fileURLToPath(new URL(name, import.meta.url));
// From there a bundle finds DuckDB.
const folder = await mkdtemp(at("../../node_modules/.bench-"));
const results = { node: process.version, cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length };
try {
  for (const { name, file, run } of PARTS) {
    if (!existsSync(at(file)) || (only !== undefined && only !== name)) continue;
    const entry = join(folder, `${name}.entry.ts`);
    const bundle = join(folder, `${name}.mjs`);
    await writeFile(
      entry,
      `import { ${run} } from ${JSON.stringify(at(file))};\nprocess.stdout.write(JSON.stringify(await ${run}()));\n`,
    );
    await build({
      entryPoints: [entry],
      outfile: bundle,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      external: ["@duckdb/node-api"],
      logLevel: "warning",
    });
    // A process of its own for each part, so that none inherits the memory of another. It may ask for collections between turns.
    const output = execFileSync(process.execPath, ["--expose-gc", bundle], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 64 * 1024 * 1024,
    });
    Object.assign(results, JSON.parse(output));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
