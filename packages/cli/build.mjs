// Bundles the command, so that it starts fast and needs no TypeScript at run time. What only some commands need, the AWS SDK above all,
// is parted off and loaded by them alone. DuckDB stays outside: it is a native module.
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const dist = at("dist");
const { metafile } = await build({
  entryPoints: { main: at("src/main.ts"), "job-thread": at("src/ingest/job-thread.ts") },
  outdir: dist,
  bundle: true,
  splitting: true,
  metafile: true,
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: true,
  external: ["@duckdb/node-api"],
  // commander and cli-table3 are CommonJS and call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  logLevel: "warning",
});

// Parts of earlier builds have other names.
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of await readdir(dist)) if (!written.has(name)) await rm(join(dist, name), { recursive: true });
