import type { JobProgress } from "./job-host.js";

/** How far a run is: what its jobs say, and what it passed over by itself. */
export class RunProgress {
  readonly #jobs = new Map<string, JobProgress>();
  #passed = 0;

  /** What the job of this name says. */
  set(job: string, progress: JobProgress): void {
    this.#jobs.set(job, progress);
  }

  /** The job's batch is in its place: what it had on disk is the lake's now. */
  committed(job: string): void {
    const progress = this.#jobs.get(job);
    if (progress !== undefined) this.#jobs.set(job, { ...progress, disk: 0 });
  }

  /** An input of so many bytes needs no job. */
  pass(bytes: number): void {
    this.#passed += bytes;
  }

  get sum(): JobProgress {
    let [bytes, flows, disk] = [this.#passed, 0, 0];
    for (const progress of this.#jobs.values()) {
      bytes += progress.bytes;
      flows += progress.flows;
      disk += progress.disk;
    }
    return { bytes, flows, disk };
  }
}
