import { type LogSelection, wantsKey } from "@tributary/flow";
import { isS3Path } from "../s3/s3-location.js";
import { type FoundInput, listInputs, STANDARD_INPUT } from "./input-files.js";
import type { InputProblem } from "./input-problem.js";

/** What a listing tells beside the inputs. */
export interface ListingReport {
  problem(problem: InputProblem): void;
  /** A file that lies outside what was asked for. */
  outside(input: FoundInput): void;
}

/** Inputs to read. */
export interface InputListing {
  /** In the order in which they are to be read. Once; throws ConfigurationError when a whole store cannot be listed. */
  inputs(report: ListingReport): AsyncIterable<FoundInput>;
  /** Bytes of all of them, once that is known. */
  readonly bytesTotal: number | undefined;
}

export interface PathListingOptions {
  /** Files and folders that are no inputs even below one that is. */
  readonly except?: readonly string[];
  /** Times, accounts and regions that are asked for. */
  readonly selection?: LogSelection;
  /** Lists a location in S3. */
  readonly listS3?: (url: string, report: ListingReport) => AsyncIterable<FoundInput>;
}

/** So many inputs are listed before their turn: then the size of all is known while the first are read. */
const AHEAD = 20_000;

/** The inputs of files, folders and locations in S3; `-` is left to whoever reads standard input. */
export class PathListing implements InputListing {
  bytesTotal: number | undefined = undefined;
  #bytes = 0;

  constructor(
    private readonly paths: readonly string[],
    private readonly options: PathListingOptions = {},
  ) {}

  async *inputs(report: ListingReport): AsyncGenerator<FoundInput> {
    yield* ahead(this.#counted(report), AHEAD);
  }

  async *#counted(report: ListingReport): AsyncGenerator<FoundInput> {
    for await (const input of this.#listed(report)) {
      this.#bytes += input.size;
      yield input;
    }
    this.bytesTotal = this.#bytes;
  }

  async *#listed(report: ListingReport): AsyncGenerator<FoundInput> {
    const { except = [], selection, listS3 } = this.options;
    const local = this.paths.filter((path) => path !== STANDARD_INPUT && !isS3Path(path));
    const { files, problems } = await listInputs(local, except);
    for (const problem of problems) report.problem(problem);
    for (const file of files) {
      if (selection === undefined || file.named || wantsKey(selection, file.path)) yield file;
      else report.outside(file);
    }
    const urls = this.paths.filter(isS3Path);
    // Two locations may have objects in common.
    const given = urls.length > 1 ? new Set<string>() : undefined;
    for (const url of urls) {
      for await (const object of listS3?.(url, report) ?? []) {
        if (given?.has(object.path)) continue;
        given?.add(object.path);
        yield object;
      }
    }
  }
}

/** The same items, of which up to `most` are taken before they are asked for. */
async function* ahead<T>(items: AsyncGenerator<T>, most: number): AsyncGenerator<T> {
  const waiting: T[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let taking = false;
  let wake: () => void = () => undefined;
  const take = async (): Promise<void> => {
    taking = true;
    try {
      while (waiting.length < most && !ended) {
        const next = await items.next();
        if (next.done === true) ended = true;
        else waiting.push(next.value);
        wake();
      }
    } catch (error) {
      failure = { error };
      wake();
    }
    taking = false;
  };
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!ended && failure === undefined && !taking) void take();
      const item = waiting.shift();
      if (item !== undefined) yield item;
      else if (failure !== undefined) throw failure.error;
      else if (ended) return;
      else await woken;
    }
  } finally {
    await items.return(undefined);
  }
}
