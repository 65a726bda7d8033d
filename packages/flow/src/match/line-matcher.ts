import { BoundedCache } from "../bounded-cache.js";
import { type LineBatch, selectLines } from "../line-batch.js";
import { TributaryError } from "../tributary-error.js";
import { FormatCandidates } from "../vpc/format-candidates.js";
import { VpcFlow } from "../vpc/vpc-flow.js";
import { VpcFormat } from "../vpc/vpc-format.js";
import type { FlowMatch } from "./flow-match.js";
import { FormatMatch, vpcFacts, wordsOf } from "./line-facts.js";
import { CandidateSieve, FormatSieve, type LineSieve } from "./line-sieve.js";

const REMEMBERED_FORMATS = 64;

/** Those in use, by their match and formats. */
const shared = new WeakMap<FlowMatch, WeakMap<readonly VpcFormat[], LineMatcher>>();

/** The lines of a batch that a match wants, and how many it does not; no batch when it wants none. */
export interface MatchedLines {
  readonly batch: LineBatch | undefined;
  readonly notMatched: number;
}

/**
 * Leaves out the lines that a match does not want, by the fields that it looks at. A line that is odd goes on, so that the
 * transformation parks it: one with a wrong number of fields, with something impossible in a field that is looked at, below a header
 * that is of no use, or one that no format takes.
 */
export class LineMatcher {
  readonly #candidates: FormatCandidates;
  readonly #byCount = new Map<number, FormatMatch[]>();
  readonly #headers = new BoundedCache<string, FormatMatch | null>(REMEMBERED_FORMATS, (fields) =>
    this.#header(fields),
  );

  readonly #sieves = new BoundedCache<string, LineSieve | null>(REMEMBERED_FORMATS, (key) => {
    const [fields, account] = JSON.parse(key) as readonly [fields: string | null, account: string | null];
    return this.#sieve(fields ?? undefined, account ?? undefined) ?? null;
  });

  /** `formats` are those that lines without a header may have. */
  constructor(
    private readonly match: FlowMatch,
    formats: readonly VpcFormat[],
  ) {
    this.#candidates = new FormatCandidates(formats);
    const distinct = new Map(formats.map((format) => [format.fields.join(" "), format]));
    for (const format of distinct.values()) {
      const { length } = format.fields;
      this.#byCount.set(length, [...(this.#byCount.get(length) ?? []), new FormatMatch(match, format)]);
    }
  }

  /** The one of this match and this very list of formats, so that many inputs share what it makes of them. */
  static of(match: FlowMatch, formats: readonly VpcFormat[]): LineMatcher {
    const byFormats = shared.get(match) ?? new WeakMap<readonly VpcFormat[], LineMatcher>();
    shared.set(match, byFormats);
    const matcher = byFormats.get(formats) ?? new LineMatcher(match, formats);
    byFormats.set(formats, matcher);
    return matcher;
  }

  /** `fields` is the header in force, `account` that of the delivery. */
  isUnwanted(line: string, fields: string | undefined, account: string | undefined): boolean {
    const words = wordsOf(line);
    if (fields !== undefined) return this.#headers.get(fields)?.judge(words, account) === "unwanted";
    const judgements = (this.#byCount.get(words.length) ?? []).map((format) => format.judge(words, account));
    if (!judgements.includes("wanted")) return judgements.includes("unwanted");
    if (judgements.length === 1) return false;
    // One format wants it, and its rival may be the right one.
    const flow = this.#candidates.parse(line);
    return flow instanceof VpcFlow && !this.match.accepts(vpcFacts(flow, account));
  }

  /** The lines of a batch that are wanted, each with its identity. `account` is that of lines whose delivery names none either. */
  select(batch: LineBatch, account: string | undefined): MatchedLines {
    const owner = batch.account ?? account;
    const kept = batch.lines.flatMap((line, index) => (this.isUnwanted(line, batch.fields, owner) ? [] : [index]));
    const notMatched = batch.lines.length - kept.length;
    if (notMatched === 0) return { batch, notMatched };
    return { batch: kept.length === 0 ? undefined : selectLines(batch, kept), notMatched };
  }

  /**
   * What finds most unwanted lines of such a header in their bytes; undefined when nothing can. It is shared: its `end` is that of whoever
   * asked last.
   */
  sieve(fields: string | undefined, account: string | undefined): LineSieve | undefined {
    return this.#sieves.get(JSON.stringify([fields ?? null, account ?? null])) ?? undefined;
  }

  #sieve(fields: string | undefined, account: string | undefined): LineSieve | undefined {
    if (fields === undefined) {
      const sieves = [...this.#byCount].map(
        ([count, formats]) =>
          [count, formats.map(({ format }) => new FormatSieve(this.match, format, account))] as const,
      );
      return sieves.length === 0 ? undefined : new CandidateSieve(new Map(sieves));
    }
    const format = this.#headers.get(fields)?.format;
    return format === undefined ? undefined : new FormatSieve(this.match, format, account);
  }

  #header(fields: string): FormatMatch | null {
    try {
      return new FormatMatch(this.match, VpcFormat.parse(fields));
    } catch (error) {
      // The lines below such a header are parked, with what is wrong with it.
      if (error instanceof TributaryError) return null;
      throw error;
    }
  }
}
