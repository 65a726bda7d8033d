import { mkdir, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { azureBlobKey, ConfigurationError, type FlowMatch, parseVpcLogKey } from "@tributary/flow";
import type { LakeStage, ParkedEntry } from "@tributary/lake";
import { USUAL_CONTEXT_BYTES } from "@tributary/ocsf";
import type { TransformSettings } from "@tributary/transform";
import { isS3Path } from "../s3/s3-location.js";
import { type ByteSource, headOf, StandardInput, StoredSource } from "./byte-source.js";
import type { ReadContext } from "./flow-reader.js";
import { flowSteps } from "./flow-steps.js";
import { STANDARD_INPUT } from "./input-files.js";
import { type FlowInputKind, isParquet } from "./input-kind.js";
import { UnreadableInput } from "./input-problem.js";
import { InputProgress, type WaitingEntries } from "./input-progress.js";
import { inputStanding, recognised } from "./input-standing.js";
import type { BatchInput, JobEnd, JobHost, JobInput } from "./job-host.js";
import { type LocalBuffering, LocalStream } from "./local-stream.js";
import { OpenedAhead } from "./opened-ahead.js";
import { parquetKind } from "./parquet-kind.js";
import type { InputStore } from "./stored-bytes.js";

export interface JobOptions {
  readonly settings: TransformSettings;
  readonly match?: FlowMatch;
  readonly buffering: LocalBuffering;
  /** Bytes of documents that may wait in memory. */
  readonly spoolBytes: number;
  /** A folder of its own for documents that wait on disk. */
  readonly spoolFolder: string;
  readonly stage: LakeStage;
  readonly lakeRegion: string;
  /** Rows of inputs that were read before are replaced, instead of their new part being added. */
  readonly again: boolean;
  /** Whether rows say where they come from, and inputs their SHA-256. */
  readonly provenance: boolean;
  /** ms; time of lines that have none and whose file names none. */
  readonly arrivalTime?: number;
  /** Where an input is opened. */
  readonly store: InputStore;
  /** ms; wall time at the edge, a fixed one in tests. */
  readonly now: () => number;
  /** What was read is handed over at least so often, ms. */
  readonly commitEvery: number;
}

/** Parked flows of one input that are held in memory before they are written out, and inputs that may hold some. */
const MAX_WAITING = 1000;
const MAX_WAITING_SIZE = 4 * 1024 * 1024;
const MAX_INPUTS_WAITING = 100;
/** Inputs of one batch: small ones are quickly read, and each is named in the manifest. */
const MAX_BATCH_INPUTS = 10_000;
/** JSON documents become Parquet of a thirtieth of their size; a sixth is assumed where a disk is short. */
const PARQUET_SHARE = 1 / 6;
/** So much has a Parquet file of a hundred and forty columns with its origin file, however few rows there are, bytes. */
const PARQUET_LEAST = 40_000;

/**
 * Reads inputs, one after the other, into batches of staged files: everything of a batch counts together or not at all. Several jobs may
 * work at one lake, each in a thread of its own.
 */
export class IngestJob {
  readonly #options: JobOptions;
  readonly #host: JobHost;
  readonly #stream: LocalStream;
  readonly #ahead: OpenedAhead<JobInput, StoredSource>;
  /** Inputs touched since the last batch, and whether the lake's rows of them go with it. */
  #touched = new Map<InputProgress, { readonly replaces: boolean }>();
  readonly #begun = new WeakSet<InputProgress>();
  readonly #parked: WaitingEntries = { bytes: 0 };
  #committedAt: number;
  #bytesBefore = 0;
  #flowsBefore = 0;
  #stopped = false;
  #halted = false;

  constructor(options: JobOptions, host: JobHost) {
    const { settings, buffering, spoolFolder, spoolBytes, stage, store, provenance, lakeRegion: region } = options;
    this.#options = options;
    this.#host = host;
    this.#stream = new LocalStream({ region, settings, buffering, spoolFolder, spoolBytes, stage });
    this.#ahead = new OpenedAhead({
      take: () => host.next(),
      open: async ({ path }) => new StoredSource(await store.open(path), provenance),
      opensSlowly: ({ path }) => isS3Path(path),
    });
    this.#committedAt = options.now();
  }

  /** No further inputs: the one in hand is finished. */
  stop(): void {
    this.#stopped = true;
  }

  /** Nothing further: what is read by now is delivered. */
  halt(): void {
    this.#stopped = true;
    this.#halted = true;
  }

  /** Reads until there are no inputs left. Throws what the lake throws; problems of single inputs are told to the host. */
  async run(): Promise<JobEnd> {
    return this.#working(async () => {
      for (;;) {
        const opened = this.#stopped ? undefined : await this.#ahead.next();
        if (opened === undefined) return;
        if (this.#stopped) {
          await opened.source.then((source) => source.close()).catch(() => undefined);
          return;
        }
        await this.#readInput(opened.input, opened.source);
        this.#bytesBefore += opened.input.size;
      }
    });
  }

  /** Reads standard input; `path` and `number` stand for it in the lake. */
  async runStandardInput(stream: Readable, { path, number }: Pick<JobInput, "path" | "number">): Promise<JobEnd> {
    return this.#working(async () => {
      try {
        const source = new StandardInput(stream);
        const head = await headOf(source);
        const { formats } = this.#options.settings;
        const { kind } = recognised(head, { path: STANDARD_INPUT, named: true, formats });
        if (kind === "other") return;
        const progress = new InputProgress(
          { path, number, kind, size: 0, ...this.#search() },
          head,
          undefined,
          this.#parked,
        );
        await this.#read(source, progress, kind, { mayGrow: false, replaces: false });
      } catch (error) {
        if (!this.#halted || !(error instanceof UnreadableInput)) this.#problemOf(STANDARD_INPUT, error);
      }
    });
  }

  async #working(work: () => Promise<void>): Promise<JobEnd> {
    const { spoolFolder, stage } = this.#options;
    await rm(spoolFolder, { recursive: true, force: true });
    await mkdir(spoolFolder, { recursive: true });
    try {
      try {
        await work();
      } catch (error) {
        // Access to the inputs has ended, not to the lake: what was read counts.
        if (error instanceof ConfigurationError) await this.#commit();
        throw error;
      }
      await this.#commit();
    } finally {
      await this.#ahead.close();
      await stage.clear();
      await rm(spoolFolder, { recursive: true, force: true });
    }
    const { contextFailures, contextFailure } = this.#stream;
    return { contextFailures, ...(contextFailure === undefined ? {} : { contextFailure }) };
  }

  async #readInput(input: JobInput, opening: Promise<StoredSource>): Promise<void> {
    const { path, number, named, before } = input;
    const { again, settings } = this.#options;
    let source: StoredSource | undefined;
    try {
      source = await opening;
      const { size, etag } = source.stored;
      const head = await headOf(source);
      const identity = etag === undefined ? {} : { etag };
      // Its beginning does not tell what it holds.
      const parquet = isParquet(head) ? { parquet: await parquetKind(source.stored) } : {};
      const seen = { path, size, head, named, ...parquet, ...identity };
      const { match } = this.#search();
      const standing = inputStanding(seen, { before, again, formats: settings.formats, match });
      if (standing.kind === "unchanged" || standing.kind === "other-match") this.#host.passed(standing);
      if (standing.kind === "other") this.#host.passed({ ...standing, path });
      if (standing.kind !== "read") return;
      const { as: kind, from, replace: replaces } = standing;
      const opened = { path, number, kind, size, ...identity, ...this.#search() };
      const progress = new InputProgress(opened, head, from, this.#parked);
      try {
        await this.#read(source, progress, kind, { mayGrow: true, replaces });
      } catch (error) {
        if (!(error instanceof UnreadableInput) || error.reason !== "grew-inside-line") throw error;
        // Nothing was read on: what the last run took for a line was half of one.
        this.#touched.delete(progress);
        const anew = new InputProgress(opened, head, undefined, this.#parked);
        await this.#read(source, anew, kind, { mayGrow: true, replaces: true });
      }
    } catch (error) {
      this.#problemOf(path, error);
    } finally {
      await source?.close();
    }
  }

  /** What the state of an input says of the search. */
  #search(): { readonly match?: string } {
    const { match } = this.#options;
    return match === undefined ? {} : { match: match.text };
  }

  /** Reads one input to its end, or to where it breaks; what was good until there counts. */
  async #read(
    source: StoredSource | StandardInput,
    progress: InputProgress,
    kind: FlowInputKind | "empty",
    { mayGrow, replaces }: { readonly mayGrow: boolean; readonly replaces: boolean },
  ): Promise<void> {
    this.#touched.set(progress, { replaces });
    try {
      if (kind !== "empty") await this.#readFlows(source, progress, kind, mayGrow);
      else {
        progress.complete = true;
        this.#host.note(`${nameOf(progress, mayGrow)} is empty`);
      }
      if (progress.complete && this.#options.provenance && source instanceof StoredSource)
        progress.sha256 = await source.sha256();
    } finally {
      progress.releaseHead();
      this.#flowsBefore += progress.readHere;
    }
    if (this.#touched.size >= MAX_BATCH_INPUTS) await this.#commit();
    else if (this.#touched.size % MAX_INPUTS_WAITING === 0) await this.#parkAll();
  }

  async #readFlows(source: ByteSource, progress: InputProgress, kind: FlowInputKind, mayGrow: boolean): Promise<void> {
    const from = { position: progress.position, line: progress.line, details: progress.details };
    for await (const step of flowSteps(kind, source, from, this.#readContext(progress, mayGrow))) {
      this.#touch(progress);
      for (const { parked, position } of step.parked) {
        progress.read++;
        progress.park({ reason: parked.reason, message: parked.message, raw: parked.raw, position });
        if (progress.waiting.size >= MAX_WAITING_SIZE) await this.#park(progress);
      }
      for (const [reason, flows] of Object.entries(step.skipped ?? {})) progress.skip(reason, flows);
      await this.#stream.put(step.records, progress);
      progress.position = step.position;
      progress.line = step.line;
      progress.details = step.details;
      const { flows, size } = progress.waiting;
      if (flows >= MAX_WAITING || size >= MAX_WAITING_SIZE) await this.#park(progress);
      this.#report(source, progress);
      if (this.#halted) return;
      if (this.#options.now() - this.#committedAt >= this.#options.commitEvery) await this.#commit();
    }
    progress.complete = true;
    this.#touch(progress);
    if (progress.waiting.size >= MAX_WAITING_SIZE / MAX_INPUTS_WAITING) await this.#park(progress);
  }

  #readContext(progress: InputProgress, mayGrow: boolean): ReadContext {
    const { settings, arrivalTime, match, provenance } = this.#options;
    const { path } = progress;
    return {
      // Standard input has no path, and the name of the run would make the same lines other flows each time.
      key: mayGrow ? (parseVpcLogKey(path)?.key ?? azureBlobKey(path) ?? path) : progress.contentKey,
      path,
      mayGrow,
      responseBudgetBytes: settings.responseBudgetBytes,
      contextBytes: settings.context === undefined ? 0 : USUAL_CONTEXT_BYTES,
      formats: settings.formats,
      ...(settings.account === undefined ? {} : { account: settings.account }),
      ...(arrivalTime === undefined ? {} : { arrivalTime }),
      ...(match === undefined ? {} : { match }),
      ...(provenance ? { source: path } : {}),
      onNote: (note) => this.#host.note(`${nameOf(progress, mayGrow)}: ${note}`),
    };
  }

  /** Puts an input into the batch; its rows of before can only be replaced by the first. */
  #touch(progress: InputProgress): void {
    if (!this.#touched.has(progress)) this.#touched.set(progress, { replaces: false });
  }

  #report(source: ByteSource, progress: InputProgress): void {
    const { held, spilled, spools } = this.#stream.waiting;
    this.#host.progress({
      bytes: this.#bytesBefore + source.bytesRead,
      flows: this.#flowsBefore + progress.readHere,
      disk:
        this.#options.stage.bytes +
        this.#parked.bytes +
        spilled +
        Math.ceil((held + spilled) * PARQUET_SHARE) +
        spools * PARQUET_LEAST,
    });
  }

  /** Delivers what is under way, and hands it over together with how far it was read: the checkpoint after the delivery. */
  async #commit(): Promise<void> {
    await this.#stream.drain();
    if (this.#touched.size > 0) {
      for (const input of this.#touched.keys()) input.assertAccounted();
      await this.#parkAll();
      const inputs: BatchInput[] = [];
      for (const [input, { replaces }] of this.#touched) {
        inputs.push({ state: input.state(), begun: !this.#begun.has(input), replaces });
        this.#begun.add(input);
      }
      await this.#host.commit({ inputs, files: await this.#options.stage.take() });
      this.#touched = new Map();
    }
    this.#committedAt = this.#options.now();
  }

  async #parkAll(): Promise<void> {
    for (const input of this.#touched.keys()) await this.#park(input);
  }

  /** Hands the parked flows of an input to the stage. */
  async #park(input: InputProgress): Promise<void> {
    const byReason = new Map<string, ParkedEntry[]>();
    for (const { reason, ...entry } of input.takeWaiting()) {
      const entries = byReason.get(reason) ?? [];
      entries.push(entry);
      byReason.set(reason, entries);
    }
    const at = new Date(this.#options.now()).toISOString();
    for (const [reason, entries] of byReason) await this.#options.stage.park(reason, input, entries, at);
  }

  #problemOf(path: string, error: unknown): void {
    // Anything else is no matter of this input: the lake's disk may be full.
    if (!(error instanceof UnreadableInput) || error.reason === "grew-inside-line") throw error;
    this.#host.passed({ kind: "problem", problem: { path, reason: error.reason, message: error.message } });
  }
}

function nameOf({ path }: InputProgress, mayGrow: boolean): string {
  return mayGrow ? path : "standard input";
}
