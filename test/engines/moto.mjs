// moto, a stand-in for the APIs of AWS: an installed one, or one that is installed into a folder of this checkout.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const VERSION = "5.2.1";
const START_TIMEOUT = 60_000;
const ANSWER_TIMEOUT = 5_000;
const PYTHON_TIMEOUT = 30_000;
const INSTALL_TIMEOUT = 5 * 60_000;
const run = promisify(execFile);

/**
 * Starts moto on a free port of this machine.
 *
 * @param {string} root the checkout
 * @param {AbortSignal} [signal] gives up while it starts; throws its reason
 * @returns {Promise<{ endpoint: string, stop: () => Promise<void> }>}
 */
export async function startMoto(root, signal) {
  const path = await motoPath(join(root, "node_modules", ".cache", "tributary-engines", `moto-${VERSION}`), signal);
  const port = await freePort();
  const child = spawn("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
    // A pipe that nobody reads, or an inherited one, would outlive a test that dies.
    stdio: "ignore",
    env: { ...process.env, ...(path === undefined ? {} : { PYTHONPATH: path }) },
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await Promise.race([exited, pause(5000, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answering(`${endpoint}/moto-api/`, child, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

/** Where Python finds the pinned moto; undefined if it does so already. */
async function motoPath(folder, signal) {
  if ((await versionAt(undefined, signal)) === VERSION) return undefined;
  if ((await versionAt(folder, signal)) === VERSION) return folder;
  await run(
    "python3",
    ["-m", "pip", "install", "--quiet", "--upgrade", "--target", folder, `moto[server]==${VERSION}`],
    { maxBuffer: 16 * 1024 * 1024, timeout: INSTALL_TIMEOUT, killSignal: "SIGKILL", signal },
  ).catch((cause) => {
    if (signal?.aborted) throw signal.reason;
    const problem = cause.killed === true ? ` within ${INSTALL_TIMEOUT / 60_000} minutes` : "";
    throw new Error(`moto ${VERSION} could not be installed${problem}: install Python 3 with pip, then run again`, {
      cause,
    });
  });
  return folder;
}

async function versionAt(folder, signal) {
  try {
    const env = { ...process.env, ...(folder === undefined ? {} : { PYTHONPATH: folder }) };
    const limits = { timeout: PYTHON_TIMEOUT, killSignal: "SIGKILL", signal };
    const script = "import moto, moto.server; print(moto.__version__)";
    const { stdout } = await run("python3", ["-c", script], { env, ...limits });
    return stdout.trim();
  } catch {
    if (signal?.aborted) throw signal.reason;
    return undefined;
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answering(url, child, signal) {
  const end = Date.now() + START_TIMEOUT;
  while (Date.now() < end) {
    signal?.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode} while it started`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) }).catch(() => undefined);
    await answer?.body?.cancel().catch(() => undefined);
    if (answer?.ok) return;
    await pause(200);
  }
  throw new Error(`moto did not answer within ${START_TIMEOUT / 1000} s`);
}
