import { inBenchFolder } from "./bench-folder.js";
import { measuredRun, type RunPace, takeRuns, timesAsFast, writeSample } from "./measured-run.js";

const FLOWS = 1_000_000;
const ROUNDS = 3;

/** What a second job brings, with the same files. */
export async function jobsBench(): Promise<{
  readonly jobs: { readonly one: RunPace; readonly two: RunPace; readonly timesAsFast: number };
}> {
  return inBenchFolder(async (folder) => {
    const sample = await writeSample(folder, FLOWS);
    const { one, two } = await takeRuns(ROUNDS, {
      one: () => measuredRun(folder, [sample, "--jobs", "1"]),
      two: () => measuredRun(folder, [sample, "--jobs", "2"]),
    });
    return { jobs: { one, two, timesAsFast: timesAsFast(two, one) } };
  });
}
