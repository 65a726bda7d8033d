import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { ConfigurationError, type VpcFormat } from "@tributary/flow";
import type { Lake } from "@tributary/lake";
import type { TransformSettings } from "@tributary/transform";
import { isS3Path } from "../s3/s3-location.js";
import { DiskBudget } from "./disk-budget.js";
import { IngestJob, type JobOptions } from "./ingest-job.js";
import { type IngestSummary, IngestTotals, type Stopped } from "./ingest-summary.js";
import { type FoundInput, STANDARD_INPUT } from "./input-files.js";
import type { InputListing } from "./input-listing.js";
import type { InputProblem } from "./input-problem.js";
import { listedStanding } from "./input-standing.js";
import { hasInputSums, INPUT_SUMS, writeInputSums } from "./input-sums.js";
import type { JobBatch, JobEnd, JobHost, JobInput, PassedInput, RunningJob } from "./job-host.js";
import { RunProgress } from "./run-progress.js";
import { spoolFolder } from "./spool-folder.js";
import { unknownFieldsNote } from "./unknown-fields.js";

/** When so many objects of a bucket cannot be read and none can, the others will not be either. */
const MOST_FRUITLESS = 20;

/** Starts the job of this name, in a thread. */
export type JobStarter = (host: JobHost, name: string) => RunningJob;

export interface IngestOptions extends Omit<JobOptions, "settings" | "spoolFolder" | "stage" | "lakeRegion"> {
  readonly lake: Lake;
  /** Of the job that runs here: the only one, or that of standard input. */
  readonly settings: () => TransformSettings;
  /** Jobs beside this thread; without them the one job runs here. */
  readonly threads?: { readonly count: number; readonly start: JobStarter };
  /** Those that lines without a header may have, for notes on them. */
  readonly formats: readonly VpcFormat[];
  /** What to read, standard input aside. */
  readonly listing: InputListing;
  /** `-` among the paths. */
  readonly standardInput?: Readable;
  /** Names the run in the manifest. */
  readonly run: string;
  /** What the lake's folder may take, bytes. */
  readonly maxDisk?: number;
  /** Ends the run once what is in hand is finished. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly bytesDone: number;
    readonly bytesTotal?: number;
    readonly flows: number;
  }) => void;
  /** A finding on one input, as soon as it is made. */
  readonly onNote?: (note: string) => void;
}

/**
 * Reads flow logs into a lake: lists them, has them read by one job or several, and commits what these hand over. Each batch counts as
 * a whole or not at all, and a run that was stopped, by whatever, is completed by the next one: positions in the manifest say where.
 */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #totals = new IngestTotals();
  readonly #disk: DiskBudget | undefined;
  readonly #jobs = new Map<string, RunningJob>();
  readonly #progress = new RunProgress();
  readonly #ends: JobEnd[] = [];
  /** Inputs that were listed before there were jobs. */
  readonly #first: JobInput[] = [];
  readonly #inputs: AsyncIterator<FoundInput>;
  /** Listing and committing are done one after the other, whichever job asks. */
  #listed: Promise<unknown> = Promise.resolve();
  #committed: Promise<unknown> = Promise.resolve();
  #stopped: Stopped | "unreadable" | undefined;
  /** Objects that could not be read while nothing was read at all. */
  #fruitless = 0;
  #failure: ConfigurationError | undefined;

  private constructor(options: IngestOptions, disk: DiskBudget | undefined) {
    this.#options = options;
    this.#disk = disk;
    this.#inputs = options.listing
      .inputs({
        problem: (problem) => this.#problem(problem),
        outside: () => {
          this.#totals.outside++;
        },
      })
      [Symbol.asyncIterator]();
  }

  /**
   * Reads all inputs. Throws what the lake throws, `max-disk-too-small`, and what ends the access to a store of inputs; problems of single
   * inputs are in the summary.
   */
  static async run(options: IngestOptions): Promise<IngestSummary> {
    const { lake, maxDisk, threads, buffering } = options;
    const jobs = threads?.count ?? 1;
    // A run that was killed leaves documents there, under the names of more jobs perhaps.
    await rm(spoolFolder(lake.folder), { recursive: true, force: true });
    const disk = maxDisk === undefined ? undefined : await DiskBudget.of(lake, maxDisk, { jobs, buffering });
    return new Ingest(options, disk).#run();
  }

  async #run(): Promise<IngestSummary> {
    const { signal, now, lake, provenance, standardInput } = this.#options;
    const startedAt = now();
    const onAbort = () => this.#stop("interrupted");
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      this.#noteUnknownFields();
      await this.#runJobs();
      if (this.#failure !== undefined) throw this.#failure;
      if (standardInput !== undefined && this.#stopped === undefined) await this.#runStandardInput(standardInput);
    } catch (error) {
      const kept = this.#totals.kept;
      if (kept.inputs > 0)
        this.#note(`${kept.flows} flows of ${kept.inputs} files were read before this, and are kept`);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await this.#inputs.return?.();
      await rm(spoolFolder(lake.folder), { recursive: true, force: true });
    }
    this.#noteContextFailures();
    // A list that is there is kept true by every run.
    if (provenance || (await hasInputSums(lake))) await writeInputSums(lake);
    if (provenance) this.#noteWithoutSum();
    return this.#totals.summary(lake, {
      seconds: (now() - startedAt) / 1000,
      stopped: this.#stopped === "unreadable" ? undefined : this.#stopped,
    });
  }

  async #runJobs(): Promise<void> {
    const { threads } = this.#options;
    // As many jobs as there are inputs, at most; one alone needs no thread.
    const most = threads?.count ?? 1;
    for (let input = await this.#nextListed(); input !== undefined; input = await this.#nextListed()) {
      this.#first.push(input);
      if (this.#first.length === most) break;
    }
    const count = this.#first.length;
    const start = count > 1 ? threads?.start : undefined;
    const running: Promise<unknown>[] = [];
    try {
      for (let index = 1; index <= count; index++) {
        const job = this.#startJob(`job-${index}`, start);
        this.#jobs.set(`job-${index}`, job);
        running.push(job.done.then((end) => this.#ends.push(end)));
      }
      await Promise.all(running);
    } catch (error) {
      // Of one job; the others may finish what they have, unless the lake itself failed.
      for (const job of this.#jobs.values()) job.halt();
      await Promise.allSettled(running);
      throw error;
    } finally {
      // A job that ended by itself may have left a commit under way, and the lake's lock is given up after this.
      await this.#committed;
      for (const job of this.#jobs.values()) await job.kill();
      this.#jobs.clear();
    }
  }

  #startJob(name: string, start: JobStarter | undefined): RunningJob {
    const host = this.#host(name);
    if (start !== undefined) return start(host, name);
    const job = new IngestJob(this.#jobOptions(name), host);
    return {
      done: job.run(),
      stop: () => job.stop(),
      halt: () => job.halt(),
      kill: () => Promise.resolve(),
    };
  }

  async #runStandardInput(stream: Readable): Promise<void> {
    const { lake, run } = this.#options;
    const path = `${STANDARD_INPUT}#${run}`;
    const job = new IngestJob(this.#jobOptions("standard-input"), this.#host("standard-input"));
    // Whoever writes to it may be silent for long, and its end may never come.
    const halt = () => {
      job.halt();
      stream.destroy();
    };
    this.#jobs.set("standard-input", {
      done: Promise.resolve({ contextFailures: 0 }),
      stop: halt,
      halt,
      kill: () => Promise.resolve(),
    });
    try {
      this.#ends.push(await job.runStandardInput(stream, { path, number: lake.inputNumber(path) }));
    } finally {
      stream.destroy();
      this.#jobs.clear();
    }
  }

  #jobOptions(name: string): JobOptions {
    const { lake, settings, ...options } = this.#options;
    return {
      ...options,
      settings: settings(),
      spoolFolder: spoolFolder(lake.folder, name),
      stage: lake.stage(name),
      lakeRegion: lake.settings.region,
    };
  }

  #host(name: string): JobHost {
    return {
      next: () => {
        const next = this.#listed.then(() => this.#next());
        this.#listed = next.catch(() => undefined);
        return next;
      },
      commit: (batch) => {
        const commit = this.#committed.then(() => this.#commit(name, batch));
        this.#committed = commit.catch(() => undefined);
        return commit;
      },
      passed: (input) => this.#passed(input),
      progress: (progress) => {
        this.#progress.set(name, progress);
        this.#report();
      },
      note: (text) => this.#note(text),
    };
  }

  async #next(): Promise<JobInput | undefined> {
    if (this.#stopped !== undefined) return undefined;
    return this.#first.shift() ?? this.#nextListed();
  }

  /** The next input that is worth opening. */
  async #nextListed(): Promise<JobInput | undefined> {
    const { lake, again, match } = this.#options;
    for (;;) {
      if (this.#stopped !== undefined) return undefined;
      const next = await this.#inputs.next();
      if (next.done === true) return undefined;
      const found = next.value;
      const before = lake.inputs().get(found.path);
      const standing = again || before === undefined ? "read" : listedStanding(found, before, match?.text);
      if (standing === "read") {
        return { ...found, number: lake.inputNumber(found.path), ...(before === undefined ? {} : { before }) };
      }
      if (standing === "unchanged") this.#totals.unchanged++;
      else this.#totals.otherMatch++;
      this.#progress.pass(found.size);
      this.#report();
    }
  }

  async #commit(job: string, batch: JobBatch): Promise<void> {
    const { inputs, files } = batch;
    const { lake, run, now } = this.#options;
    const befores = inputs.map(({ state, replaces }) => (replaces ? undefined : lake.inputs().get(state.path)?.flows));
    const commit = lake.begin({ run, at: new Date(now()).toISOString() });
    try {
      for (const { state, replaces } of inputs) if (replaces) commit.removeInput(state.path);
      await commit.adopt(files);
      await commit.finish({ inputs: inputs.map(({ state }) => state) });
    } finally {
      if (!commit.ended) await commit.abandon();
    }
    for (const [index, { state, begun }] of inputs.entries()) {
      if (begun) this.#totals.read++;
      this.#totals.add(state.flows, befores[index]);
    }
    this.#disk?.committed(batch);
    this.#progress.committed(job);
  }

  #passed(input: PassedInput): void {
    if (input.kind === "unchanged") this.#totals.unchanged++;
    else if (input.kind === "other-match") this.#totals.otherMatch++;
    else if (input.kind === "other") this.#totals.notFlowLog(input.path, input.what);
    else if (input.kind === "problem") this.#problem(input.problem);
  }

  #report(): void {
    const { listing, onProgress } = this.#options;
    const { bytes: bytesDone, flows, disk } = this.#progress.sum;
    const { bytesTotal } = listing;
    onProgress?.({ bytesDone, flows, ...(bytesTotal === undefined ? {} : { bytesTotal }) });
    if (this.#disk?.isFull(disk)) this.#stop("max-disk");
  }

  #stop(why: Stopped | "unreadable"): void {
    if (this.#stopped === why) return;
    // The disk may also become full while the inputs in hand are finished after Ctrl-C.
    this.#stopped ??= why;
    for (const job of this.#jobs.values()) {
      if (why === "max-disk") job.halt();
      else job.stop();
    }
  }

  #noteUnknownFields(): void {
    for (const format of this.#options.formats) {
      const note = unknownFieldsNote(format);
      if (note !== undefined) this.#note(`--format: ${note}`);
    }
  }

  #noteContextFailures(): void {
    const failures = this.#ends.reduce((sum, { contextFailures }) => sum + contextFailures, 0);
    const first = this.#ends.find(({ contextFailure }) => contextFailure !== undefined)?.contextFailure;
    if (failures > 0) this.#note(`${failures} flows could not be explained (${first}): report this with the inventory`);
  }

  #noteWithoutSum(): void {
    let inputs = 0;
    for (const { complete, sha256 } of this.#options.lake.inputs().values())
      if (complete && sha256 === undefined) inputs++;
    if (inputs === 0) return;
    this.#note(
      `${inputs} inputs of the lake are not in ${INPUT_SUMS}, since they were read without --provenance: --again reads them anew`,
    );
  }

  #problem(problem: InputProblem): void {
    if (this.#totals.problem(problem)) this.#note(`${problem.path}: ${problem.message}`);
    if (problem.reason !== "unreadable" || !isS3Path(problem.path) || this.#progress.sum.flows > 0) return;
    if (++this.#fruitless < MOST_FRUITLESS) return;
    this.#failure ??= new ConfigurationError(
      "nothing-readable",
      `the first ${MOST_FRUITLESS} objects could not be read, so the others were not tried; ${problem.path}: ${problem.message}`,
    );
    this.#stop("unreadable");
  }

  #note(text: string): void {
    this.#options.onNote?.(text);
  }
}
