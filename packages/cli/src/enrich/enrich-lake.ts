import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { FlowContext } from "@tributary/context";
import { type Lake, type LakeCommit, LakeLayout, lakeFailure, type ParquetFile } from "@tributary/lake";
import { factsOf, withContext, withoutContext } from "./document-context.js";
import { CONTEXT_COLUMNS, DOCUMENT_COLUMNS, type FlowDocument, isVpcFlow, parseFlowDocument } from "./flow-document.js";

export interface EnrichOptions {
  readonly lake: Lake;
  readonly context: FlowContext;
  /** Names the run in the manifest. */
  readonly run: string;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Counts only. */
  readonly dryRun?: boolean;
  /** A commit is finished once it replaces so many bytes of Parquet. */
  readonly commitBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EnrichProgress) => void;
}

/** How far it is through the files that may hold flows of AWS. */
export interface EnrichProgress {
  readonly flows: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface EnrichSummary {
  readonly files: { readonly read: number; readonly rewritten: number };
  readonly flows: {
    /** VPC flows that were looked at. */
    readonly explained: number;
    /** Those whose context differs from what was there. */
    readonly changed: number;
    readonly verdicts: Readonly<Record<string, number>>;
  };
  readonly commits: number;
  readonly interrupted: boolean;
}

const COMMIT_BYTES = 256_000_000;
/** Partitions of clouds that name the rule in their logs. */
const OTHER_CLOUD = "external_";
const WRITTEN = ["row", ...CONTEXT_COLUMNS] as const;

/**
 * Gives all VPC flows of a lake the context that an inventory has for them, in place of what they had. Other rows, all other attributes, uids
 * and the order of rows stay. Files whose flows do not change are not written. Each commit replaces whole files, so that an interruption
 * leaves every flow as it was or as it shall be; the next call does the rest.
 */
export async function enrichLake(options: EnrichOptions): Promise<EnrichSummary> {
  const enrichment = new Enrichment(options);
  return enrichment.run();
}

class Enrichment {
  #commit: LakeCommit | undefined;
  #uncommitted = 0;
  #commits = 0;
  #looked = 0;
  #explained = 0;
  #changed = 0;
  #read = 0;
  #rewritten = 0;
  readonly #verdicts = new Map<string, number>();
  // Those of now: what a commit of this run writes needs no second look.
  readonly #files: readonly ParquetFile[];
  readonly #bytesTotal: number;
  #bytesDone = 0;
  readonly #spool: string;

  constructor(private readonly options: EnrichOptions) {
    const { lake } = options;
    this.#files = lake.parquetFiles().filter(({ partition }) => !partition.accountId.startsWith(OTHER_CLOUD));
    this.#bytesTotal = this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#spool = join(lake.folder, LakeLayout.spool, "context.ndjson");
  }

  async run(): Promise<EnrichSummary> {
    const { lake, signal, commitBytes = COMMIT_BYTES } = this.options;
    try {
      for (const file of this.#files) {
        if (signal?.aborted) break;
        await this.#enrich(file);
        if (this.#uncommitted >= commitBytes) await this.#finish();
      }
      await this.#finish();
    } catch (error) {
      await this.#commit?.abandon();
      throw lakeFailure(error, lake.folder);
    } finally {
      await rm(this.#spool, { force: true });
    }
    return {
      files: { read: this.#read, rewritten: this.#rewritten },
      flows: { explained: this.#explained, changed: this.#changed, verdicts: Object.fromEntries(this.#verdicts) },
      commits: this.#commits,
      interrupted: signal?.aborted === true,
    };
  }

  async #enrich(file: ParquetFile): Promise<void> {
    const differ = await this.#writeSpool(file);
    if (this.options.signal?.aborted) return;
    this.#read++;
    this.#changed += differ;
    if (differ === 0) return;
    this.#rewritten++;
    if (this.options.dryRun) return;
    const { lake, run, now } = this.options;
    this.#commit ??= lake.begin({ run, at: new Date(now()).toISOString() });
    await this.#commit.replaceColumns(file, this.#spool, CONTEXT_COLUMNS);
    this.#uncommitted += file.bytes;
  }

  /** Writes the new values of all rows; gives how many rows differ. */
  async #writeSpool(file: ParquetFile): Promise<number> {
    const { lake, signal, dryRun } = this.options;
    await mkdir(dirname(this.#spool), { recursive: true });
    const spool = await open(this.#spool, "w");
    let differ = 0;
    try {
      for await (const rows of lake.rows(file, DOCUMENT_COLUMNS)) {
        if (signal?.aborted) break;
        let text = "";
        for (const row of rows) {
          const before = parseFlowDocument(row);
          const after = this.#explain(before);
          if (!isDeepStrictEqual(before, after)) differ++;
          text += `${JSON.stringify(contextOf(after))}\n`;
        }
        if (!dryRun) await spool.write(text);
        this.#report(rows.length, file);
      }
    } finally {
      await spool.close();
    }
    return differ;
  }

  #explain(document: FlowDocument): FlowDocument {
    if (!isVpcFlow(document)) return document;
    const bare = withoutContext(document);
    const explained = this.options.context.explain(factsOf(bare), bare.time);
    const { verdict } = explained.explanation;
    this.#explained++;
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    return withContext(bare, explained);
  }

  async #finish(): Promise<void> {
    if (this.#commit === undefined) return;
    await this.#commit.finish({ inputs: [] });
    this.#commit = undefined;
    this.#uncommitted = 0;
    this.#commits++;
  }

  #report(rows: number, { bytes, rows: all }: ParquetFile): void {
    this.#looked += rows;
    this.#bytesDone += (bytes * rows) / all;
    this.options.onProgress?.({ flows: this.#looked, bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal });
  }
}

/** What is written of a row. */
function contextOf(document: FlowDocument): Partial<FlowDocument> {
  return Object.fromEntries(WRITTEN.map((name) => [name, document[name]]));
}
