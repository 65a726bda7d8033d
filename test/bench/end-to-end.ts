import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Files in, Parquet out, by the built command in a process of its own. */
export interface EndToEnd {
  readonly flows: number;
  readonly flowsPerSecond: number;
  /** Processor time of all its threads, per flow, µs. */
  readonly cpuMicrosecondsPerFlow: number;
  /** Largest resident memory of the process, MB. */
  readonly peakMemory: number;
}

const COMMAND = resolve("packages/cli/bin/tributary.js");
// Enough to fill every buffer: below it a larger input shows buffers filling, not memory growing.
const FLOWS = 1_000_000;
const TIMES = 10;
// Written by the measured process as it exits: nothing outside it knows its peak.
const USAGE_HOOK = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.USAGE_FILE,JSON.stringify(process.resourceUsage())))`;

/** Runs the sample of the given size and one ten times as large. Memory is `ratio` times higher for the larger. */
export async function endToEnd(): Promise<{
  readonly endToEnd: readonly EndToEnd[];
  readonly memory: {
    readonly flows: readonly number[];
    readonly peakMegabytes: readonly number[];
    readonly ratio: number;
  };
}> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  try {
    const small = await measure(folder, FLOWS);
    const large = await measure(folder, FLOWS * TIMES);
    return {
      endToEnd: [small, large],
      memory: {
        flows: [small.flows, large.flows],
        peakMegabytes: [small.peakMemory, large.peakMemory],
        ratio: round(large.peakMemory / small.peakMemory),
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, flows: number): Promise<EndToEnd> {
  const sample = join(folder, `sample-${flows}`);
  await run(["sample", "--flows", String(flows), "--out", sample], join(folder, "usage"));
  const usageFile = join(folder, `usage-${flows}`);
  const output = await run(["run", sample, "--lake", join(folder, `lake-${flows}`), "--output", "json"], usageFile);
  const summary = JSON.parse(output) as { flows: { read: number }; seconds: number };
  const usage = JSON.parse(await readFile(usageFile, "utf8")) as NodeJS.ResourceUsage;
  await rm(sample, { recursive: true });
  return {
    flows: summary.flows.read,
    flowsPerSecond: Math.round(summary.flows.read / summary.seconds),
    cpuMicrosecondsPerFlow: round((usage.userCPUTime + usage.systemCPUTime) / summary.flows.read),
    peakMemory: Math.round(usage.maxRSS / 1024),
  };
}

async function run(args: readonly string[], usageFile: string): Promise<string> {
  const child = spawn(process.execPath, ["--import", USAGE_HOOK, COMMAND, ...args], {
    env: { ...process.env, USAGE_FILE: usageFile },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`tributary ${args.join(" ")} ended with ${code}`);
  return output;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
