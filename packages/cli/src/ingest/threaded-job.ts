import { Worker } from "node:worker_threads";
import { TributaryError } from "@tributary/flow";
import type { JobEnd, JobHost, RunningJob } from "./job-host.js";
import type { JobPlan } from "./job-plan.js";
import { errorOf, type FromThread, failureOf, type ThreadWork, type ToThread } from "./thread-messages.js";

/** Starts a job of the plan in a thread of its own. */
export function startThread(plan: JobPlan, host: JobHost, name: string): RunningJob {
  // Both lie beside each other once the command is built.
  const worker = new Worker(new URL("./job-thread.js", import.meta.url), {
    workerData: { name, plan } satisfies ThreadWork,
  });
  const tell = (message: ToThread): void => worker.postMessage(message);
  const done = new Promise<JobEnd>((resolve, reject) => {
    // Told before it ends, and believed once it has: a thread that is ended from here while DuckDB closes takes the process with it.
    let finish = (code: number): void => reject(ended(name, new Error(`exit code ${code}`)));
    worker.on("message", (message: FromThread) => {
      if ("ask" in message) {
        const { id } = message;
        const failed = (error: unknown) => tell({ answer: id, failure: failureOf(error) });
        if (message.ask === "next") {
          host.next().then((input) => tell({ answer: id, ...(input === undefined ? {} : { input }) }), failed);
        } else {
          host.commit(message.batch).then(() => tell({ answer: id }), failed);
        }
        return;
      }
      switch (message.tell) {
        case "passed":
          return host.passed(message.input);
        case "progress":
          return host.progress(message.progress);
        case "note":
          return host.note(message.text);
        case "done":
          finish = () => resolve(message.end);
          return;
        case "failed":
          finish = () => reject(errorOf(message.failure));
          return;
      }
    });
    worker.on("messageerror", (error) => reject(ended(name, error)));
    worker.on("error", (error) => reject(ended(name, error)));
    worker.on("exit", (code) => finish(code));
  });
  return {
    done,
    stop: () => tell({ order: "stop" }),
    halt: () => tell({ order: "halt" }),
    kill: async () => {
      await worker.terminate();
    },
  };
}

/** A thread that ended by itself: mostly for want of memory. */
function ended(name: string, cause: Error): TributaryError {
  return new TributaryError(
    "job-ended",
    `${name} ended before it was done (${cause.message}): what is committed is kept; run the same command again, with fewer --jobs if memory is short`,
    { cause },
  );
}
