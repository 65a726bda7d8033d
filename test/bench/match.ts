import { SWEEPER } from "../../packages/cli/src/sample/internet.js";
import { inBenchFolder } from "./bench-folder.js";
import { measuredRun, type RunPace, takeRuns, timesAsFast, writeSample } from "./measured-run.js";

const FLOWS = 1_000_000;
const ROUNDS = 3;

/** What a search before ingest spares: the same files with all flows, and with those of an address that few have. */
export async function matchBench(): Promise<{
  readonly match: { readonly full: RunPace; readonly matching: RunPace; readonly timesAsFast: number };
}> {
  return inBenchFolder(async (folder) => {
    const sample = await writeSample(folder, FLOWS);
    const { full, matching } = await takeRuns(ROUNDS, {
      full: () => measuredRun(folder, [sample]),
      matching: () => measuredRun(folder, [sample, "--match", SWEEPER]),
    });
    return { match: { full, matching, timesAsFast: timesAsFast(matching, full) } };
  });
}
