// Starts the engines that the tests of this folder need, runs the tests, and stops the engines whatever happens.
// usage: node test/engines/run.mjs [arguments of vitest]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMoto } from "./moto.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

const moto = await startMoto(root);
try {
  const run = spawn(
    process.execPath,
    [vitest, "run", "--config", "test/engines/vitest.config.ts", "--root", root, ...process.argv.slice(2)],
    { cwd: root, stdio: "inherit", env: { ...process.env, MOTO_ENDPOINT: moto.endpoint } },
  );
  const [code] = await once(run, "exit");
  process.exitCode = code ?? 1;
} finally {
  await moto.stop();
}
