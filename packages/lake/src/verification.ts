import type { DuckDBConnection } from "@duckdb/node-api";
import { sizeOf } from "./files-size.js";
import { type Finding, notice } from "./finding.js";
import { InputSums } from "./input-sums.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { LakeLayout } from "./lake-layout.js";
import { checkParked } from "./parked-check.js";
import { checkParquet } from "./parquet-check.js";
import { unnamedFiles } from "./unnamed-files.js";

export interface VerifyOptions {
  /** Read-only is enough, and others may write meanwhile. */
  readonly lake: Lake;
  /** Reads the Parquet files. */
  readonly connection: DuckDBConnection;
  /** Presence and sizes only. */
  readonly quick?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { readonly bytes: number; readonly bytesTotal: number; readonly flows: number }) => void;
}

export interface Verification {
  readonly findings: readonly Finding[];
  /** Findings beyond those that are listed. */
  readonly more: number;
  /** Problems among all findings. */
  readonly problems: number;
  readonly files: number;
  readonly flows: number;
  readonly bytes: number;
  readonly parkedFiles: number;
  readonly inputs: number;
  /** Names of well-kept files that have no checksum yet. */
  readonly withoutChecksum: readonly string[];
  readonly interrupted: boolean;
}

/** A lake of which everything is lost has as many findings as files. */
const MAX_FINDINGS = 10_000;

/**
 * Compares a lake with its manifest: every file that counts, the rows in it and where they came from, and what every input gave. Changes
 * nothing. Files that a commit replaces meanwhile are left out. Throws what `lakeFailure` explains.
 */
export async function verifyLake(options: VerifyOptions): Promise<Verification> {
  return explained(options.lake.folder, () => new Verifier(options).run());
}

class Verifier {
  #findings: Finding[] = [];
  #more = 0;
  #problems = 0;
  readonly #sums = new InputSums();
  readonly #done = { files: 0, flows: 0, bytes: 0, parkedFiles: 0 };
  readonly #withoutChecksum: string[] = [];

  constructor(private readonly options: VerifyOptions) {}

  get #stopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  async run(): Promise<Verification> {
    const { lake, quick = false } = this.options;
    await this.#checkParquet(quick);
    await this.#checkParked(quick);
    if (!this.#stopped) {
      if (!quick) for (const finding of this.#sums.findings(lake.state)) this.#add(finding);
      for await (const finding of unnamedFiles(lake)) this.#add(finding);
      await this.#leaveOutReplaced();
    }
    if (!quick) this.#noteMissingChecksums();
    const { size: inputs } = lake.inputs();
    return {
      findings: this.#findings,
      more: this.#more,
      problems: this.#problems,
      ...this.#done,
      inputs,
      withoutChecksum: this.#withoutChecksum,
      interrupted: this.#stopped,
    };
  }

  async #checkParquet(quick: boolean): Promise<void> {
    const { lake, connection, onProgress } = this.options;
    const files = lake.parquetFiles();
    const bytesTotal = sizeOf(files).bytes;
    for (const file of files) {
      if (this.#stopped) return;
      const { findings, rowsByInput } = await checkParquet(lake, connection, file, quick);
      for (const finding of findings) this.#add(finding);
      if (findings.length === 0 && (file.sha256 === undefined || file.originSha256 === undefined)) {
        this.#withoutChecksum.push(file.path);
      }
      this.#sums.addRows(file, rowsByInput);
      this.#done.files++;
      this.#done.flows += file.rows;
      this.#done.bytes += file.bytes;
      onProgress?.({ bytes: this.#done.bytes, bytesTotal, flows: this.#done.flows });
    }
  }

  async #checkParked(quick: boolean): Promise<void> {
    const { lake } = this.options;
    for (const file of lake.parkedFiles()) {
      if (this.#stopped) return;
      const { findings, entriesByPath } = await checkParked(lake, file, quick);
      for (const finding of findings) this.#add(finding);
      if (findings.length === 0 && file.sha256 === undefined) this.#withoutChecksum.push(file.path);
      this.#sums.addParked(file, entriesByPath);
      this.#done.parkedFiles++;
    }
  }

  #add(finding: Finding): void {
    if (finding.level === "problem") this.#problems++;
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
    else this.#more++;
  }

  /** A run beside this one removes files that it has replaced, and places new ones. */
  async #leaveOutReplaced(): Promise<void> {
    const { lake } = this.options;
    if (this.#findings.length === 0) return;
    const { commit, parquet, errors } = await lake.manifest.read();
    if (commit === lake.state.commit) return;
    const names = (files: ReadonlyMap<string, unknown>) =>
      [...files.keys()].flatMap((p) => [p, LakeLayout.originOf(p)]);
    const now = new Set([...names(parquet), ...errors.keys()]);
    const before = new Set([...names(lake.state.parquet), ...lake.state.errors.keys()]);
    const replaced = ({ subject }: Finding) => before.has(subject) !== now.has(subject);
    const gone = this.#findings.filter(replaced);
    if (gone.length === 0) return;
    // Findings beyond the list stay counted: on which files they were is not known any more.
    this.#findings = this.#findings.filter((finding) => !replaced(finding));
    this.#problems -= gone.filter(({ level }) => level === "problem").length;
    const message = `${commit - lake.state.commit} commits came meanwhile, and ${gone.length} findings on files that they replaced or added were left out: verify again when nothing writes`;
    this.#add(notice("changed-meanwhile", lake.folder, message));
  }

  #noteMissingChecksums(): void {
    const [first] = this.#withoutChecksum;
    if (first === undefined) return;
    const message = `and ${this.#withoutChecksum.length - 1} more files have no checksum, as version 0.1.0 wrote them; they were read to their end: "tributary lake verify --record" gives them one, and so does compact`;
    this.#add(notice("no-checksum", first, message));
  }
}
