import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const COMMAND = fileURLToPath(new URL("../../packages/cli/bin/tributary.cjs", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

const running = new Set<ChildProcessWithoutNullStreams>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the built command; standard input stays open. */
export function start(args: readonly string[], { cwd, env }: CommandOptions = {}): Started {
  const { NO_COLOR: _none, FORCE_COLOR: _forced, TRIBUTARY_DEBUG: _debug, ...inherited } = process.env;
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env: { ...inherited, ...env } });
  running.add(child);
  const finished = new Promise<Finished>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // It may have ended before it took all of its input.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, finished };
}

/** Runs the built command to its end. */
export async function tributary(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  const { child, finished } = start(args, options);
  child.stdin.end(options.input);
  return finished;
}
