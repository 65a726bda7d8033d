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

// Longer than everything takes together; a run that hangs ends by itself.
const OVERALL_TIMEOUT = 15 * 60_000;
const ended = new AbortController();
const end = (why) => ended.abort(new Error(why));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(`the engine tests were ended by ${signal}`));
setTimeout(() => end(`the engine tests took more than ${OVERALL_TIMEOUT / 60_000} minutes`), OVERALL_TIMEOUT).unref();

let moto;
try {
  moto = await startMoto(root, ended.signal);
  const run = spawn(
    process.execPath,
    [vitest, "run", "--config", "test/engines/vitest.config.ts", "--root", root, ...process.argv.slice(2)],
    { cwd: root, stdio: "inherit", env: { ...process.env, MOTO_ENDPOINT: moto.endpoint } },
  );
  const stop = () => run.kill("SIGTERM");
  ended.signal.addEventListener("abort", stop, { once: true });
  if (ended.signal.aborted) stop();
  const [code] = await once(run, "exit");
  ended.signal.throwIfAborted();
  process.exitCode = code ?? 1;
} catch (error) {
  if (!ended.signal.aborted) throw error;
  process.stderr.write(`${ended.signal.reason.message}\n`);
  process.exitCode = 1;
} finally {
  await moto?.stop();
}
