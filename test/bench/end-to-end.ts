import { rm } from "node:fs/promises";
import { inBenchFolder } from "./bench-folder.js";
import { type MeasuredRun, measuredRun, round, writeSample } from "./measured-run.js";

// Enough to fill every buffer: below it a larger input shows buffers filling, not memory growing.
const FLOWS = 1_000_000;
const TIMES = 10;

/** Files in, Parquet out: the sample of the given size and one ten times as large. Memory is `ratio` times higher for the larger. */
export async function endToEnd(): Promise<{
  readonly endToEnd: readonly MeasuredRun[];
  readonly memory: {
    readonly flows: readonly number[];
    readonly peakMegabytes: readonly number[];
    readonly ratio: number;
  };
}> {
  return inBenchFolder(async (folder) => {
    const small = await measure(folder, FLOWS);
    const large = await measure(folder, FLOWS * TIMES);
    return {
      endToEnd: [small, large],
      memory: {
        flows: [small.flows, large.flows],
        peakMegabytes: [small.peakMegabytes, large.peakMegabytes],
        ratio: round(large.peakMegabytes / small.peakMegabytes),
      },
    };
  });
}

async function measure(folder: string, flows: number): Promise<MeasuredRun> {
  const sample = await writeSample(folder, flows);
  const measured = await measuredRun(folder, [sample]);
  await rm(sample, { recursive: true });
  return measured;
}
