import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { median } from "./rounds.js";

/** What one call of the built command took, in a process of its own. */
export interface MeasuredRun {
  /** Flows that were read. */
  readonly flows: number;
  readonly delivered: number;
  /** Of the run itself, s. */
  readonly seconds: number;
  readonly flowsPerSecond: number;
  /** Processor time of all its threads, s. */
  readonly cpuSecondsPerMillionFlows: number;
  /** Largest resident memory of the process, MB. */
  readonly peakMegabytes: number;
}

/** What several runs of the same reached: medians, the largest memory, and each pace. */
export interface RunPace extends MeasuredRun {
  readonly rounds: readonly number[];
}

const COMMAND = resolve("packages/cli/bin/tributary.cjs");
// Written by the measured process as it exits: nothing outside it knows its peak. Threads end before it.
const USAGE_HOOK = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.USAGE_FILE,JSON.stringify(process.resourceUsage())))`;

/** Runs `tributary run` with these arguments into a lake that is removed again. `folder` is for what it writes. */
export async function measuredRun(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<MeasuredRun> {
  const lake = join(folder, "measured-lake");
  const usageFile = join(folder, "usage.json");
  const output = await command(["run", ...args, "--lake", lake, "--output", "json"], {
    ...environment,
    USAGE_FILE: usageFile,
  });
  await rm(lake, { recursive: true });
  const { flows, seconds } = JSON.parse(output) as { flows: { read: number; delivered: number }; seconds: number };
  const usage = JSON.parse(await readFile(usageFile, "utf8")) as NodeJS.ResourceUsage;
  return {
    flows: flows.read,
    delivered: flows.delivered,
    seconds,
    flowsPerSecond: Math.round(flows.read / seconds),
    cpuSecondsPerMillionFlows: round((usage.userCPUTime + usage.systemCPUTime) / flows.read),
    peakMegabytes: Math.round(usage.maxRSS / 1024),
  };
}

/** Writes a sample of so many flows. */
export async function writeSample(folder: string, flows: number): Promise<string> {
  const sample = join(folder, `sample-${flows}`);
  await command(["sample", "--flows", String(flows), "--out", sample], { USAGE_FILE: join(folder, "usage.json") });
  return sample;
}

/** Lets runs take turns, so that a change of the machine's speed meets all of them. */
export async function takeRuns<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<MeasuredRun>>>,
): Promise<Readonly<Record<Name, RunPace>>> {
  const entries = Object.entries(contestants) as [Name, () => Promise<MeasuredRun>][];
  const runs = new Map(entries.map(([name]) => [name, [] as MeasuredRun[]]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const [name, run] of entries) runs.get(name)?.push(await run());
  }
  return Object.fromEntries([...runs].map(([name, all]) => [name, paceOf(all)])) as Readonly<Record<Name, RunPace>>;
}

/** How many times as fast one is as the other, round by round; the median of these. */
export function timesAsFast(one: RunPace, other: RunPace): number {
  return round(median(one.rounds.map((pace, index) => pace / (other.rounds[index] ?? Number.NaN))));
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function paceOf(runs: readonly MeasuredRun[]): RunPace {
  const of = (value: (run: MeasuredRun) => number): number => median(runs.map(value));
  return {
    flows: of(({ flows }) => flows),
    delivered: of(({ delivered }) => delivered),
    seconds: round(of(({ seconds }) => seconds)),
    flowsPerSecond: Math.round(of(({ flowsPerSecond }) => flowsPerSecond)),
    cpuSecondsPerMillionFlows: round(of((run) => run.cpuSecondsPerMillionFlows)),
    peakMegabytes: Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes)),
    rounds: runs.map(({ flowsPerSecond }) => flowsPerSecond),
  };
}

async function command(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ["--import", USAGE_HOOK, COMMAND, ...args], {
    env: { ...process.env, ...environment },
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
