import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { TributaryError } from "@tributary/flow";
import { LakeStage, openDuckDb, stagingFolder } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { IngestJob } from "./ingest-job.js";
import type { JobHost, JobInput } from "./job-host.js";
import { jobOptions, planSettings } from "./job-plan.js";
import { spoolFolder } from "./spool-folder.js";
import { errorOf, type FromThread, failureOf, type ThreadWork, type ToThread } from "./thread-messages.js";

/** ms between two words on how far the job is, unless what it will take on disk has grown by so many bytes. */
const PROGRESS_EVERY = 100;
const PROGRESS_BYTES = 4_000_000;

/** A thread that does one job: what it needs it asks of the thread that started it. */
async function work({ name, plan }: ThreadWork, port: NonNullable<typeof parentPort>): Promise<void> {
  const say = (message: FromThread): void => port.postMessage(message);
  const asked = new Map<number, { resolve(input: JobInput | undefined): void; reject(error: Error): void }>();
  let questions = 0;
  const answer = (send: (id: number) => FromThread): Promise<JobInput | undefined> =>
    new Promise((resolve, reject) => {
      const id = ++questions;
      asked.set(id, { resolve, reject });
      say(send(id));
    });
  let saidAt = 0;
  let saidDisk = 0;
  const host: JobHost = {
    next: () => answer((id) => ({ ask: "next", id })),
    commit: async (batch) => {
      await answer((id) => ({ ask: "commit", id, batch }));
    },
    passed: (input) => say({ tell: "passed", input }),
    progress: (progress) => {
      const now = Date.now();
      if (now - saidAt < PROGRESS_EVERY && progress.disk - saidDisk < PROGRESS_BYTES) return;
      saidAt = now;
      saidDisk = progress.disk;
      say({ tell: "progress", progress });
    },
    note: (text) => say({ tell: "note", text }),
  };

  const { lake, compression, memory, threads } = plan;
  const folder = stagingFolder(lake, name);
  const duckdb = await openDuckDb({ memoryLimit: `${memory}B`, threads, tempDirectory: join(folder, "duckdb") });
  try {
    const stage = new LakeStage({
      folder,
      columns: duckdbColumns(networkActivity),
      compression,
      converter: async () => duckdb.connection,
    });
    const folders = { stage, spoolFolder: spoolFolder(lake, name) };
    const job = new IngestJob({ ...jobOptions(plan), settings: planSettings(plan), ...folders }, host);
    port.on("message", (message: ToThread) => {
      if ("order" in message) {
        if (message.order === "stop") job.stop();
        else job.halt();
        return;
      }
      const question = asked.get(message.answer);
      asked.delete(message.answer);
      if ("failure" in message) question?.reject(errorOf(message.failure));
      else question?.resolve(message.input);
    });
    say({ tell: "done", end: await job.run() });
  } finally {
    duckdb.close();
  }
}

if (parentPort === null) throw new TributaryError("no-thread", "this is no command: run tributary");
const port = parentPort;
await work(workerData as ThreadWork, port).catch((error: unknown) => {
  port.postMessage({ tell: "failed", failure: failureOf(error) } satisfies FromThread);
});
port.close();
