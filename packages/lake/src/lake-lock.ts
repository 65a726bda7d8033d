import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { ConfigurationError } from "@tributary/flow";

interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, where the system tells it: a pid alone is soon used again. */
  readonly started: string | undefined;
}

// A pid does not tell two openings in this process apart.
const heldHere = new Set<string>();

/** The right to write to a lake: one process at a time, until `release`. */
export class LakeLock {
  private constructor(readonly path: string) {}

  /**
   * Takes the lock file at `path`, also from a process that is gone. Throws `lake-in-use` when another one still runs.
   */
  static async take(path: string): Promise<LakeLock> {
    const own: LockHolder = { pid: process.pid, host: hostname(), started: await startOf(process.pid) };
    const content = `${JSON.stringify(own)}\n`;
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await created(path, content)) {
        heldHere.add(path);
        return new LakeLock(path);
      }
      const found = await readFile(path, "utf8").catch(() => undefined);
      if (found === undefined) continue;
      if (await isLive(path, found)) refuse(path, found);
      await setAside(path, found);
    }
    throw new ConfigurationError(
      "lake-in-use",
      `${path} keeps changing: other processes are opening this lake, try again`,
    );
  }

  async release(): Promise<void> {
    heldHere.delete(this.path);
    await rm(this.path, { force: true });
  }
}

/** Creates the lock with its content in one step, so that nobody reads a half-written one. */
async function created(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content);
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // Some file systems have no hard links.
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") return createdExclusively(path, content);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function createdExclusively(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(content).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a stale lock away. Should another process have replaced it meanwhile, that one gets it back. */
async function setAside(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = await readFile(aside, "utf8");
  if (moved !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isLive(path: string, content: string): Promise<boolean> {
  const holder = parseHolder(content);
  if (holder === undefined) return false;
  // Whether a process of another machine runs cannot be seen from here.
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid) return heldHere.has(path);
  if (!runs(holder.pid)) return false;
  const started = await startOf(holder.pid);
  return holder.started === undefined || started === undefined || holder.started === started;
}

function refuse(path: string, content: string): never {
  const holder = parseHolder(content);
  const where = holder?.host === hostname() ? "" : ` on ${holder?.host}`;
  throw new ConfigurationError(
    "lake-in-use",
    `process ${holder?.pid}${where} is writing to this lake: wait for it, stop it, or use another lake folder. If it no longer runs, remove ${path}`,
  );
}

function parseHolder(content: string): LockHolder | undefined {
  try {
    const value = JSON.parse(content) as Partial<LockHolder>;
    if (typeof value.pid !== "number" || typeof value.host !== "string") return undefined;
    return { pid: value.pid, host: value.host, started: value.started };
  } catch {
    return undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); undefined where there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The command name before it is in parentheses and may contain spaces.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}
