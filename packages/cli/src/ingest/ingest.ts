import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { azureBlobKey, parseVpcLogKey } from "@tributary/flow";
import type { Lake, LakeCommit, ParkedEntry } from "@tributary/lake";
import { USUAL_CONTEXT_BYTES } from "@tributary/ocsf";
import type { TransformSettings } from "@tributary/transform";
import { readAzureBlob } from "./azure-reader.js";
import { type ByteSource, FileSource, headOf, StandardInput } from "./byte-source.js";
import type { FlowReader } from "./flow-reader.js";
import { type IngestSummary, IngestTotals } from "./ingest-summary.js";
import { type InputFile, listInputs, STANDARD_INPUT } from "./input-files.js";
import type { FlowInputKind } from "./input-kind.js";
import { type InputProblem, UnreadableInput } from "./input-problem.js";
import { InputProgress } from "./input-progress.js";
import { inputStanding, recognised } from "./input-standing.js";
import { type LocalBuffering, LocalStream } from "./local-stream.js";
import { readFirehoseEvent, readFirehoseRecords, readLogsEnvelopes } from "./record-reader.js";
import { unknownFieldsNote } from "./unknown-fields.js";
import { readVpcLines } from "./vpc-reader.js";

export interface IngestOptions {
  readonly lake: Lake;
  readonly settings: TransformSettings;
  readonly buffering: LocalBuffering;
  /** Rows of inputs that were read before are replaced, instead of their new part being added. */
  readonly again: boolean;
  /** Files and folders that are no inputs even below one that is. */
  readonly except?: readonly string[];
  /** ms; time of lines that have none and whose file names none. */
  readonly arrivalTime?: number;
  /** Names the run in the manifest. */
  readonly run: string;
  /** ms; wall time at the edge, a fixed one in tests. */
  readonly now: () => number;
  /** What was read becomes visible in the lake at least so often, ms. */
  readonly commitEvery: number;
  readonly signal?: AbortSignal;
  readonly standardInput?: Readable;
  readonly onProgress?: (progress: {
    readonly bytesDone: number;
    readonly bytesTotal: number;
    readonly flows: number;
  }) => void;
  /** A finding on one input, as soon as it is made. */
  readonly onNote?: (note: string) => void;
}

const READERS: Readonly<Record<FlowInputKind, FlowReader>> = {
  "vpc-lines": readVpcLines,
  "firehose-records": readFirehoseRecords,
  "firehose-event": readFirehoseEvent,
  "logs-envelope": readLogsEnvelopes,
  "azure-blob": readAzureBlob,
};

/** Parked flows of one input that are held in memory before they are written out, and inputs that may hold some. */
const MAX_WAITING = 1000;
const MAX_WAITING_SIZE = 4 * 1024 * 1024;
const MAX_INPUTS_WAITING = 100;

/**
 * Reads flow logs into a lake. Everything since the last commit counts together or not at all, and a run that was stopped, by whatever,
 * is completed by the next one: positions in the manifest say where.
 */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #totals = new IngestTotals();
  readonly #stream: LocalStream;
  readonly #spoolFolder: string;
  /** Inputs touched since the last commit. */
  #touched = new Set<InputProgress>();
  #commit: LakeCommit;
  #committedAt: number;
  #bytesBefore = 0;
  #bytesTotal = 0;

  private constructor(options: IngestOptions) {
    this.#options = options;
    this.#spoolFolder = join(options.lake.folder, ".tributary", "spool");
    this.#stream = new LocalStream({
      region: options.lake.settings.region,
      settings: options.settings,
      buffering: options.buffering,
      spoolFolder: this.#spoolFolder,
    });
    this.#commit = this.#begin();
    this.#committedAt = options.now();
  }

  /** Reads the paths; `-` is standard input. Throws what the lake throws; problems of single inputs are in the summary. */
  static async run(paths: readonly string[], options: IngestOptions): Promise<IngestSummary> {
    const ingest = new Ingest(options);
    await rm(ingest.#spoolFolder, { recursive: true, force: true });
    await mkdir(ingest.#spoolFolder, { recursive: true });
    try {
      return await ingest.#run(paths);
    } finally {
      if (!ingest.#commit.ended) await ingest.#commit.abandon();
      await rm(ingest.#spoolFolder, { recursive: true, force: true });
    }
  }

  async #run(paths: readonly string[]): Promise<IngestSummary> {
    const { signal, now } = this.#options;
    const startedAt = now();
    const { files, problems } = await listInputs(paths, [this.#options.lake.folder, ...(this.#options.except ?? [])]);
    for (const problem of problems) this.#problem(problem);
    for (const format of this.#options.settings.formats) {
      const note = unknownFieldsNote(format);
      if (note !== undefined) this.#note(`--format: ${note}`);
    }
    this.#bytesTotal = files.reduce((total, { size }) => total + size, 0);
    for (const file of files) {
      if (signal?.aborted) break;
      await this.#readFile(file);
      this.#bytesBefore += file.size;
    }
    if (paths.includes(STANDARD_INPUT) && !signal?.aborted) await this.#readStandardInput();
    await this.#commitNow();
    const { contextFailures, contextFailure } = this.#stream;
    if (contextFailures > 0) {
      this.#note(`${contextFailures} flows could not be explained (${contextFailure}): report this with the inventory`);
    }
    return this.#totals.summary(this.#options.lake, {
      seconds: (now() - startedAt) / 1000,
      interrupted: signal?.aborted === true,
    });
  }

  async #readFile(file: InputFile): Promise<void> {
    const { path } = file;
    const { again, settings } = this.#options;
    const { formats } = settings;
    try {
      const before = this.#options.lake.inputs().get(path);
      const source = await FileSource.open(path);
      const { size } = source;
      const head = await headOf(source);
      const standing = inputStanding({ path, size, head, named: file.named }, { before, again, formats });
      if (standing.kind === "unchanged") this.#totals.unchanged++;
      if (standing.kind === "other") this.#totals.notFlowLogs.push({ path, what: standing.what });
      if (standing.kind !== "read") return;
      const { as: kind, from, replace } = standing;
      if (replace) this.#commit.removeInput(path);
      const progress = new InputProgress(path, kind, size, head, from);
      try {
        await this.#read(source, progress, kind, true);
      } catch (error) {
        if (!(error instanceof UnreadableInput) || error.reason !== "grew-inside-line") throw error;
        // Nothing was read on: what the last run took for a line was half of one.
        this.#touched.delete(progress);
        this.#commit.removeInput(path);
        await this.#read(source, new InputProgress(path, kind, size, head, undefined), kind, true);
      }
    } catch (error) {
      this.#problemOf(path, error);
    }
  }

  async #readStandardInput(): Promise<void> {
    const { standardInput, run, signal, settings } = this.#options;
    if (standardInput === undefined) return;
    const path = `-#${run}`;
    // Whoever writes to it may be silent for long.
    const stop = () => standardInput.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const source = new StandardInput(standardInput);
      const head = await headOf(source);
      const { kind } = recognised(head, { path: STANDARD_INPUT, named: true, formats: settings.formats });
      if (kind === "other") return;
      await this.#read(source, new InputProgress(path, kind, 0, head, undefined), kind, false);
    } catch (error) {
      if (!signal?.aborted || !(error instanceof UnreadableInput)) this.#problemOf(STANDARD_INPUT, error);
    } finally {
      signal?.removeEventListener("abort", stop);
      stop();
    }
  }

  /** Reads one input to its end, or to where it breaks; what was good until there counts. */
  async #read(
    source: ByteSource,
    progress: InputProgress,
    kind: FlowInputKind | "empty",
    mayGrow: boolean,
  ): Promise<void> {
    const { path } = progress;
    this.#totals.inputs.add(path);
    this.#totals.begin(progress);
    this.#touched.add(progress);
    try {
      if (kind !== "empty") await this.#readFlows(source, progress, kind, mayGrow);
      else {
        progress.complete = true;
        this.#note(`${mayGrow ? path : "standard input"} is empty`);
      }
    } finally {
      progress.releaseHead();
    }
    if (this.#touched.size % MAX_INPUTS_WAITING === 0) await this.#parkAll();
  }

  async #readFlows(source: ByteSource, progress: InputProgress, kind: FlowInputKind, mayGrow: boolean): Promise<void> {
    const { signal, settings, arrivalTime } = this.#options;
    const { path } = progress;
    // Standard input has no path, and the name of the run would make the same lines other flows each time.
    const key = mayGrow ? (parseVpcLogKey(path)?.key ?? azureBlobKey(path) ?? path) : progress.contentKey;
    const { responseBudgetBytes } = settings;
    const context = {
      key,
      path,
      mayGrow,
      responseBudgetBytes,
      contextBytes: settings.context === undefined ? 0 : USUAL_CONTEXT_BYTES,
      ...(arrivalTime === undefined ? {} : { arrivalTime }),
      onNote: (note: string) => this.#note(`${mayGrow ? path : "standard input"}: ${note}`),
    };
    const from = { position: progress.position, line: progress.line, details: progress.details };
    for await (const step of READERS[kind](source, from, context)) {
      this.#touched.add(progress);
      for (const { parked, position } of step.parked) {
        progress.read++;
        progress.park({ reason: parked.reason, message: parked.message, raw: parked.raw, position });
        if (progress.waiting.size >= MAX_WAITING_SIZE) await this.#park(progress);
      }
      await this.#stream.put(step.records, progress);
      progress.position = step.position;
      progress.line = step.line;
      progress.details = step.details;
      const { flows, size } = progress.waiting;
      if (flows >= MAX_WAITING || size >= MAX_WAITING_SIZE) await this.#park(progress);
      this.#report(source, progress);
      if (signal?.aborted) return;
      if (this.#options.now() - this.#committedAt >= this.#options.commitEvery) await this.#commitNow();
    }
    progress.complete = true;
    this.#touched.add(progress);
    if (progress.waiting.size >= MAX_WAITING_SIZE / MAX_INPUTS_WAITING) await this.#park(progress);
  }

  #report(source: ByteSource, progress: InputProgress): void {
    this.#options.onProgress?.({
      bytesDone: this.#bytesBefore + source.bytesRead,
      bytesTotal: this.#bytesTotal,
      flows: this.#totals.readBefore(progress) + progress.read,
    });
  }

  #begin(): LakeCommit {
    const { lake, run, now } = this.#options;
    const commit = lake.begin({ run, at: new Date(now()).toISOString() });
    this.#stream.commit = commit;
    return commit;
  }

  /** Delivers what is under way, and makes it count together with how far it was read: the checkpoint after the delivery. */
  async #commitNow(): Promise<void> {
    await this.#stream.drain();
    if (this.#touched.size > 0) {
      for (const input of this.#touched) input.assertAccounted();
      await this.#parkAll();
      await this.#commit.finish({ inputs: [...this.#touched].map((input) => input.state()) });
      this.#touched = new Set();
      this.#commit = this.#begin();
    }
    this.#committedAt = this.#options.now();
  }

  async #parkAll(): Promise<void> {
    for (const input of this.#touched) await this.#park(input);
  }

  /** Hands the parked flows of an input to the commit. */
  async #park(input: InputProgress): Promise<void> {
    const byReason = new Map<string, ParkedEntry[]>();
    for (const { reason, position, message, raw } of input.takeWaiting()) {
      const entries = byReason.get(reason) ?? [];
      entries.push({ input: input.path, position, message, raw });
      byReason.set(reason, entries);
    }
    for (const [reason, entries] of byReason) await this.#commit.park(reason, entries);
  }

  #problemOf(path: string, error: unknown): void {
    // Anything else is no matter of this input: the lake's disk may be full.
    if (!(error instanceof UnreadableInput) || error.reason === "grew-inside-line") throw error;
    this.#problem({ path, reason: error.reason, message: error.message });
  }

  #problem(problem: InputProblem): void {
    this.#totals.problems.push(problem);
    this.#note(`${problem.path}: ${problem.message}`);
  }

  #note(text: string): void {
    this.#options.onNote?.(text);
  }
}
