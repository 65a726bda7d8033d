import { mkdir, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { azureBlobKey, ConfigurationError, type FlowMatch, parseVpcLogKey } from "@tributary/flow";
import type { LakeStage } from "@tributary/lake";
import { USUAL_CONTEXT_BYTES } from "@tributary/ocsf";
import type { TransformSettings } from "@tributary/transform";
import { isS3Path } from "../s3/s3-location.js";
import { type ByteSource, headOf, StandardInput, StoredSource } from "./byte-source.js";
import type { ReadContext } from "./flow-reader.js";
import { flowSteps } from "./flow-steps.js";
import { InputBatch } from "./input-batch.js";
import { STANDARD_INPUT } from "./input-files.js";
import { type FlowInputKind, isParquet } from "./input-kind.js";
import { UnreadableInput } from "./input-problem.js";
import { InputProgress } from "./input-progress.js";
import { inputStanding, recognised } from "./input-standing.js";
import type { JobEnd, JobHost, JobInput } from "./job-host.js";
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
  readonly #batch: InputBatch;
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
    this.#batch = new InputBatch(stage, options.now);
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
          this.#batch.waiting,
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
      const progress = new InputProgress(opened, head, from, this.#batch.waiting);
      try {
        await this.#read(source, progress, kind, { mayGrow: true, replaces });
      } catch (error) {
        if (!(error instanceof UnreadableInput) || error.reason !== "grew-inside-line") throw error;
        // Nothing was read on: what the last run took for a line was half of one.
        this.#batch.forget(progress);
        const anew = new InputProgress(opened, head, undefined, this.#batch.waiting);
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
    this.#batch.begin(progress, { replaces });
    try {
      if (kind !== "empty") await this.#readFlows(source, progress, kind, mayGrow);
      else {
        progress.complete = true;
        this.#host.note(`${nameOf(progress, mayGrow)} is empty`);
      }
      if (progress.complete && this.#options.provenance && source instanceof StoredSource) {
        // Without its sum it is not done.
        progress.complete = false;
        progress.sha256 = await source.sha256();
        progress.complete = true;
      }
    } finally {
      progress.releaseHead();
      this.#flowsBefore += progress.readHere;
    }
    await this.#batch.settle(progress);
    if (this.#batch.isFull) await this.#commit();
  }

  async #readFlows(source: ByteSource, progress: InputProgress, kind: FlowInputKind, mayGrow: boolean): Promise<void> {
    const from = { position: progress.position, line: progress.line, details: progress.details };
    for await (const step of flowSteps(kind, source, from, this.#readContext(progress, mayGrow))) {
      this.#batch.touch(progress);
      for (const { parked, position } of step.parked) {
        progress.read++;
        progress.park({ reason: parked.reason, message: parked.message, raw: parked.raw, position });
        await this.#batch.relieve(progress);
      }
      for (const [reason, flows] of Object.entries(step.skipped ?? {})) progress.skip(reason, flows);
      await this.#stream.put(step.records, progress);
      progress.position = step.position;
      progress.line = step.line;
      progress.details = step.details;
      await this.#batch.relieve(progress);
      this.#report(source, progress);
      if (this.#halted) return;
      if (this.#options.now() - this.#committedAt >= this.#options.commitEvery) await this.#commit();
    }
    progress.complete = true;
    this.#batch.touch(progress);
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

  #report(source: ByteSource, progress: InputProgress): void {
    const { held, spilled, spools } = this.#stream.waiting;
    this.#host.progress({
      bytes: this.#bytesBefore + source.bytesRead,
      flows: this.#flowsBefore + progress.readHere,
      disk:
        this.#options.stage.bytes +
        this.#batch.waiting.bytes +
        spilled +
        Math.ceil((held + spilled) * PARQUET_SHARE) +
        spools * PARQUET_LEAST,
    });
  }

  /** Delivers what is under way, and hands it over together with how far it was read: the checkpoint after the delivery. */
  async #commit(): Promise<void> {
    await this.#stream.drain();
    if (!this.#batch.isEmpty) await this.#host.commit(await this.#batch.take());
    this.#committedAt = this.#options.now();
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
