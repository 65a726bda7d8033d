import type { VpcFormat } from "../vpc/vpc-format.js";
import type { FlowMatch } from "./flow-match.js";
import { testedFields } from "./line-facts.js";
import { SieveFields } from "./sieve-fields.js";

/** Finds lines that a match does not want in their bytes, before any text is made of them. What it lets through is looked at again. */
export interface LineSieve {
  /** Index of the line end of the line judged last. */
  readonly end: number;
  /** Whether the line that begins at `from` is surely unwanted. Its line end must be among the bytes. */
  isUnwanted(bytes: Uint8Array, from: number): boolean;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const DOLLAR = 36;
const DASH = 45;
const NINE = 57;
const LOWER_A = 97;
const LOWER_Z = 122;
const UPPER_T = 84;
const DELETE = 127;

const UNWANTED = 0;
/** The number of fields is right, and something impossible is in one that is looked at. */
const ODD = 1;
const OTHER_COUNT = 2;
/** A header, an export's time before the line, a blank line, a wanted one: for whoever looks at its text. */
const UNSURE = 3;
type Verdict = typeof UNWANTED | typeof ODD | typeof OTHER_COUNT | typeof UNSURE;

/** For lines below one header. Loops over bytes by hand, since a call of the runtime for each field would cost more than the field. */
export class FormatSieve implements LineSieve {
  end = 0;
  /** Fields of the line judged last, when its count was another one. */
  fields = 0;
  /** What a field is looked at for, by position; 0 for most. */
  readonly #kinds: Uint8Array;
  /** For each field that is looked at: how many to pass before it, and what it is looked at for. */
  readonly #steps: Uint32Array;
  /** Fields after the last of them. */
  readonly #rest: number;
  readonly #values: SieveFields;

  /** `account` is that of the delivery, for lines that name none. */
  constructor(match: FlowMatch, format: VpcFormat, account: string | undefined) {
    this.#values = new SieveFields(match, account);
    this.#kinds = new Uint8Array(format.fields.length);
    const steps: number[] = [];
    let passed = 0;
    for (const [index, field] of testedFields(match, format)) {
      this.#kinds[index] = SieveFields.kind(field);
      steps.push(index - passed, SieveFields.kind(field));
      passed = index + 1;
    }
    this.#steps = Uint32Array.from(steps);
    this.#rest = format.fields.length - passed;
  }

  isUnwanted(bytes: Uint8Array, from: number): boolean {
    return this.judge(bytes, from) === UNWANTED;
  }

  /** Judges a line as AWS writes them, with one space between fields; gives any other to `#judgeAny`. */
  judge(bytes: Uint8Array, from: number): Verdict {
    const first = bytes[from] as number;
    // What begins with a digit is no header, has no byte order mark and is not blank.
    if (this.#steps.length === 0 || first < DASH || first > NINE || isExportTime(bytes, from))
      return this.#judgeAny(bytes, from);
    const steps = this.#steps;
    const values = this.#values;
    values.begin();
    let at = from;
    let byte = first;
    let isOdd = false;
    for (let step = 0; step < steps.length; step += 2) {
      if (step > 0) {
        if (bytes[at] !== SPACE) return this.#judgeAny(bytes, from);
        byte = bytes[++at] as number;
      }
      for (let passing = steps[step] as number; passing > 0; passing--) {
        if (byte <= SPACE) return this.#judgeAny(bytes, from);
        while (byte > SPACE) byte = bytes[++at] as number;
        if (byte !== SPACE) return this.#judgeAny(bytes, from);
        byte = bytes[++at] as number;
      }
      if (byte <= SPACE) return this.#judgeAny(bytes, from);
      at = values.read(steps[step + 1] as number, bytes, at);
      if (values.isOdd) isOdd = true;
    }
    byte = bytes[at] as number;
    for (let rest = this.#rest; rest > 0; rest--) {
      if (byte !== SPACE) return this.#judgeAny(bytes, from);
      byte = bytes[++at] as number;
      if (byte <= SPACE) return this.#judgeAny(bytes, from);
      while (byte > SPACE) byte = bytes[++at] as number;
    }
    if (bytes[at] === RETURN) at++;
    if (bytes[at] !== NEWLINE) return this.#judgeAny(bytes, from);
    this.end = at;
    if (isOdd) return ODD;
    return values.accepted ? UNSURE : UNWANTED;
  }

  /** Judges a line in whatever shape: with runs of spaces, with another number of fields, with a name at its beginning. */
  #judgeAny(bytes: Uint8Array, from: number): Verdict {
    const kinds = this.#kinds;
    const values = this.#values;
    const count = kinds.length;
    let at = from;
    let index = 0;
    let isOdd = false;
    let named = true;
    values.begin();
    if ((bytes[from] as number) >= DELETE || isExportTime(bytes, from)) return this.#unsure(bytes, from);
    for (;;) {
      let byte = bytes[at] as number;
      while (byte === SPACE) byte = bytes[++at] as number;
      if (byte < SPACE) break;
      // A header holds names alone.
      const letter = byte | 32;
      if ((letter < LOWER_A || letter > LOWER_Z) && byte !== DOLLAR) named = false;
      const kind = index < count ? (kinds[index] as number) : 0;
      if (kind === 0) while (byte > SPACE) byte = bytes[++at] as number;
      else {
        at = values.read(kind, bytes, at);
        if (values.isOdd) isOdd = true;
      }
      index++;
    }
    const byte = bytes[at] as number;
    if (byte === RETURN && bytes[at + 1] === NEWLINE) at++;
    else if (byte !== NEWLINE) return this.#unsure(bytes, at);
    this.end = at;
    this.fields = index;
    if (named) return UNSURE;
    if (index !== count) return OTHER_COUNT;
    if (isOdd) return ODD;
    return values.accepted ? UNSURE : UNWANTED;
  }

  #unsure(bytes: Uint8Array, from: number): Verdict {
    this.end = bytes.indexOf(NEWLINE, from);
    return UNSURE;
  }
}

/** For lines without a header: those that no format of their number of fields wants. */
export class CandidateSieve implements LineSieve {
  end = 0;
  #last: readonly FormatSieve[];

  /** Sieves by their number of fields; at least one. */
  constructor(private readonly byCount: ReadonlyMap<number, readonly FormatSieve[]>) {
    this.#last = byCount.values().next().value ?? [];
  }

  isUnwanted(bytes: Uint8Array, from: number): boolean {
    let isUnwanted = false;
    // By index, since another number of fields begins the list anew.
    for (let i = 0; i < this.#last.length; i++) {
      const sieve = this.#last[i] as FormatSieve;
      const verdict = sieve.judge(bytes, from);
      this.end = sieve.end;
      if (verdict === UNWANTED) isUnwanted = true;
      else if (verdict === OTHER_COUNT) {
        const others = this.byCount.get(sieve.fields);
        if (others === undefined) return false;
        this.#last = others;
        i = -1;
      } else if (verdict !== ODD) return false;
    }
    return isUnwanted;
  }
}

/** As CloudWatch's export puts before a line: `2026-10-14T…`. */
function isExportTime(bytes: Uint8Array, from: number): boolean {
  return bytes[from + 4] === DASH && bytes[from + 7] === DASH && bytes[from + 10] === UPPER_T;
}
