import type { FoundInput } from "../ingest/input-files.js";
import { type InputForm, keyPlace } from "./key-place.js";
import { SpreadSample } from "./spread-sample.js";

/** Inputs of one account and region, as far as their paths say. */
export interface InputGroup {
  readonly account: string | null;
  readonly region: string | null;
  readonly inputs: number;
  /** As stored. */
  readonly bytes: number;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/** Inputs of one form. */
export interface FormCensus {
  readonly form: InputForm;
  readonly inputs: number;
  readonly bytes: number;
  /** Objects in S3 among them. */
  readonly objects: number;
  readonly objectBytes: number;
  /** Those to look into. */
  readonly sample: readonly FoundInput[];
}

/** Inputs that a sample has of all forms together, one or two of each aside. */
export const SAMPLE_INPUTS = 16;
/** A Parquet file cannot be read in part: few are, and larger ones only where there is no smaller one. */
const MOST_PARQUET = 3_000_000;
const PARQUET_INPUTS = 6;
/** Groups that are told apart; the others are counted together. */
const MAX_GROUPS = 1000;
/** Days of accounts that are told apart: more partitions than that are as good as countless. */
const MAX_PARTITIONS = 100_000;

interface Group {
  account: string | null;
  region: string | null;
  inputs: number;
  bytes: number;
  firstDay: string | null;
  lastDay: string | null;
}

interface Form {
  inputs: number;
  bytes: number;
  objects: number;
  objectBytes: number;
  smallest: FoundInput | undefined;
  readonly sample: SpreadSample<FoundInput>;
}

/** Counts the inputs that a run would read, and keeps a few of them. Its memory does not grow with their number. */
export class InputCensus {
  inputs = 0;
  bytes = 0;
  readonly #groups = new Map<string, Group>();
  readonly #forms = new Map<InputForm, Form>();
  readonly #partitions = new Set<string>();

  /** `bytes`: what of it is to be read; `isObject`: whether it lies in S3. */
  add(input: FoundInput, bytes: number, isObject: boolean): void {
    const { form, account = null, region = null, day = null } = keyPlace(input.path);
    this.inputs++;
    this.bytes += bytes;
    const group = this.#groupOf(account, region);
    group.inputs++;
    group.bytes += bytes;
    if (day !== null) {
      if (group.firstDay === null || day < group.firstDay) group.firstDay = day;
      if (group.lastDay === null || day > group.lastDay) group.lastDay = day;
      if (this.#partitions.size < MAX_PARTITIONS) this.#partitions.add(`${account} ${day}`);
    }
    this.#addToForm(form, input, bytes, isObject);
  }

  /** Largest first. */
  get groups(): readonly InputGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.bytes - a.bytes);
  }

  /** Accounts and days that have a partition each, as far as the paths say. */
  get partitions(): number {
    return this.#partitions.size;
  }

  get forms(): readonly FormCensus[] {
    return [...this.#forms].map(([form, { smallest, sample, ...counts }]) => {
      const found = spread(sample.items(), this.#shareOf(form, counts.bytes));
      return { form, ...counts, sample: found.length === 0 && smallest !== undefined ? [smallest] : found };
    });
  }

  /** Of the sample, for a form with so many bytes. Two tell how much they differ. */
  #shareOf(form: InputForm, bytes: number): number {
    const share = Math.max(2, Math.round((SAMPLE_INPUTS * bytes) / Math.max(1, this.bytes)));
    return form === "parquet" ? Math.min(PARQUET_INPUTS, share) : share;
  }

  #groupOf(account: string | null, region: string | null): Group {
    const isFull = this.#groups.size >= MAX_GROUPS;
    const name = `${account} ${region}`;
    let group = this.#groups.get(isFull && !this.#groups.has(name) ? "" : name);
    if (group === undefined) {
      const named = isFull ? { account: null, region: null } : { account, region };
      group = { ...named, inputs: 0, bytes: 0, firstDay: null, lastDay: null };
      this.#groups.set(isFull ? "" : name, group);
    }
    return group;
  }

  #addToForm(name: InputForm, input: FoundInput, bytes: number, isObject: boolean): void {
    let form = this.#forms.get(name);
    if (form === undefined) {
      form = {
        inputs: 0,
        bytes: 0,
        objects: 0,
        objectBytes: 0,
        smallest: undefined,
        sample: new SpreadSample(SAMPLE_INPUTS),
      };
      this.#forms.set(name, form);
    }
    form.inputs++;
    form.bytes += bytes;
    if (isObject) {
      form.objects++;
      form.objectBytes += bytes;
    }
    if (input.size === 0) return;
    if (form.smallest === undefined || input.size < form.smallest.size) form.smallest = input;
    if (name !== "parquet" || input.size <= MOST_PARQUET) form.sample.add(input);
  }
}

function spread<T>(items: readonly T[], most: number): readonly T[] {
  const sample = new SpreadSample<T>(most);
  for (const item of items) sample.add(item);
  return sample.items();
}
