import type { Readable } from "node:stream";
import {
  BoundedCache,
  type FlowMatch,
  FormatCandidates,
  Parked,
  readPayload,
  Skipped,
  TributaryError,
  VpcFormat,
} from "@tributary/flow";
import { DEFAULT_SETTINGS } from "@tributary/transform";
import { type ByteSource, headOf, StandardInput, StoredSource } from "../ingest/byte-source.js";
import type { ReadRecord } from "../ingest/flow-reader.js";
import { flowSteps } from "../ingest/flow-steps.js";
import { type FoundInput, STANDARD_INPUT } from "../ingest/input-files.js";
import { type InputProblem, UnreadableInput } from "../ingest/input-problem.js";
import { count, sum } from "../ingest/input-progress.js";
import { recognised } from "../ingest/input-standing.js";
import type { InputStore } from "../ingest/stored-bytes.js";
import { type Found, type FoundFlow, foundLine, foundTuples } from "./found-flow.js";

export interface SearchOptions {
  readonly match: FlowMatch;
  /** The formats that lines without a header may have. */
  readonly formats: readonly VpcFormat[];
  /** Account of lines when neither they nor their delivery name one. */
  readonly account?: string;
  /** ms since the epoch: only flows from then on, and before then. A flow without a time is in no such window. */
  readonly from?: number;
  readonly to?: number;
  /** Stop after so many flows. */
  readonly limit?: number;
  readonly onNote: (note: string) => void;
}

/** Where the inputs come from. */
export interface SearchedInputs {
  readonly inputs: AsyncIterable<FoundInput>;
  readonly store: InputStore;
  /** Searched last. */
  readonly standardInput?: Readable;
}

/** Flows of one input that were found, in order of the log. */
export interface FoundFlows {
  readonly input: string;
  readonly flows: readonly FoundFlow[];
}

const REMEMBERED_FORMATS = 64;

/** Searches inputs one after the other, and counts what becomes of every flow. */
export class FlowSearch {
  /** Everything that was read. */
  read = 0;
  matched = 0;
  inputs = 0;
  withoutFlows = 0;
  /** Whether the limit ended the search. */
  limited = false;
  /** Flows that are not given although nothing is wrong with them, by reason. */
  readonly skipped: Record<string, number> = {};
  /** Lines and tuples that say nothing that could be compared, by reason. */
  readonly odd: Record<string, number> = {};
  readonly problems: InputProblem[] = [];
  readonly #options: SearchOptions;
  readonly #candidates: FormatCandidates;
  readonly #formats = new BoundedCache<string, VpcFormat | TributaryError>(REMEMBERED_FORMATS, headerFormat);

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#candidates = new FormatCandidates(options.formats);
  }

  /** The flows that match, as they are found. Throws what the listing throws; problems of single inputs are kept. */
  async *flows({ inputs, store, standardInput }: SearchedInputs): AsyncGenerator<FoundFlows> {
    for await (const { path, named } of inputs) {
      let source: StoredSource | undefined;
      try {
        source = new StoredSource(await store.open(path));
        yield* this.#search(source, path, named);
      } catch (error) {
        this.#problemOf(path, error);
      } finally {
        await source?.close();
      }
      if (this.limited) return;
    }
    if (standardInput === undefined) return;
    try {
      yield* this.#search(new StandardInput(standardInput), STANDARD_INPUT, true);
    } catch (error) {
      this.#problemOf(STANDARD_INPUT, error);
    } finally {
      standardInput.destroy();
    }
  }

  /** A problem of an input that could not even be opened. */
  problem(problem: InputProblem): void {
    this.problems.push(problem);
    this.#options.onNote(`${problem.path}: ${problem.message}`);
  }

  async *#search(source: ByteSource, path: string, named: boolean): AsyncGenerator<FoundFlows> {
    const { match, formats, account, onNote } = this.#options;
    const { kind } = recognised(await headOf(source), { path, named, formats });
    if (kind === "other") this.withoutFlows++;
    if (kind === "other" || kind === "empty") return;
    this.inputs++;
    const context = {
      key: path,
      path,
      match,
      formats,
      ...(account === undefined ? {} : { account }),
      responseBudgetBytes: DEFAULT_SETTINGS.responseBudgetBytes,
      contextBytes: 0,
      // What is there now is searched: a torn end counts as odd.
      mayGrow: false,
      onNote: (note: string) => onNote(`${path}: ${note}`),
    };
    for await (const step of flowSteps(kind, source, { position: 0, line: 0, details: {} }, context)) {
      for (const [reason, flows] of Object.entries(step.skipped ?? {})) this.#skip(reason, flows);
      for (const { parked } of step.parked) this.#take(parked);
      const flows = step.records.flatMap((record) => this.#flowsOf(record, path));
      if (flows.length > 0) yield { input: path, flows };
      if (this.limited) return;
    }
  }

  #flowsOf(record: ReadRecord, input: string): FoundFlow[] {
    const flows: FoundFlow[] = [];
    for (const found of this.#found(record, input)) {
      if (this.limited) break;
      if (this.#take(found)) flows.push(found as FoundFlow);
    }
    return flows;
  }

  /** What a record that a reader packed holds. */
  #found({ data }: ReadRecord, input: string): readonly Found[] {
    const payload = readPayload(typeof data === "string" ? Buffer.from(data) : data, { recordId: input, time: 0 });
    switch (payload.kind) {
      case "lines": {
        const { batch } = payload;
        const format = batch.fields === undefined ? this.#candidates : this.#formats.get(batch.fields);
        return batch.lines.map((line, index) =>
          format instanceof TributaryError
            ? new Parked("no-format-fits", format.message, line)
            : foundLine(format.parse(line), batch, index, { input, account: this.#options.account }),
        );
      }
      case "azure":
        return foundTuples(payload.record, input);
      case "skipped":
        return new Array<Skipped>(payload.count).fill(payload.skipped);
      case "parked":
        return [payload.parked];
    }
  }

  /** Counts what was found; whether it is a flow to give. */
  #take(found: Found): boolean {
    if (found instanceof Skipped) {
      this.#skip(found.reason, 1);
      return false;
    }
    this.read++;
    if (found instanceof Parked) {
      count(this.odd, found.reason);
      return false;
    }
    const { from, to, limit } = this.#options;
    const { time } = found;
    const inside =
      (from === undefined || (time ?? Number.NaN) >= from) && (to === undefined || (time ?? Number.NaN) < to);
    if (!inside) {
      count(this.skipped, time === undefined ? "no-time" : "other-time");
      return false;
    }
    this.matched++;
    this.limited = this.matched === limit;
    return true;
  }

  #skip(reason: string, flows: number): void {
    this.read += flows;
    count(this.skipped, reason, flows);
  }

  #problemOf(path: string, error: unknown): void {
    if (!(error instanceof UnreadableInput) || error.reason === "grew-inside-line") throw error;
    this.problem({ path, reason: error.reason, message: error.message });
  }

  /** Whether the counts add up. */
  get isAccounted(): boolean {
    return this.read === this.matched + sum(this.skipped) + sum(this.odd);
  }
}

function headerFormat(fields: string): VpcFormat | TributaryError {
  try {
    return VpcFormat.parse(fields);
  } catch (error) {
    if (error instanceof TributaryError) return error;
    throw error;
  }
}
