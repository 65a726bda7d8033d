import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { S3Service } from "../support/s3-service.js";
import { inBenchFolder } from "./bench-folder.js";
import { measuredRun, type RunPace, takeRuns, timesAsFast, writeSample } from "./measured-run.js";

const FLOWS = 600_000;
const ROUNDS = 3;
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_REGION: "eu-west-1",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** The same flows from files, and from a store of objects on this machine, which takes its part of the processor. */
export async function s3Bench(): Promise<{
  readonly s3: { readonly files: RunPace; readonly objects: RunPace; readonly timesAsFast: number };
}> {
  return inBenchFolder(async (folder) => {
    const sample = await writeSample(folder, FLOWS);
    const service = await S3Service.start();
    try {
      for (const name of await readdir(sample, { recursive: true })) {
        const path = join(sample, name);
        if ((await stat(path)).isFile()) service.put(name, await readFile(path));
      }
      const { files, objects } = await takeRuns(ROUNDS, {
        files: () => measuredRun(folder, [sample]),
        objects: () => measuredRun(folder, ["s3://bench", "--endpoint", service.endpoint], CREDENTIALS),
      });
      return { s3: { files, objects, timesAsFast: timesAsFast(objects, files) } };
    } finally {
      await service.close();
    }
  });
}
