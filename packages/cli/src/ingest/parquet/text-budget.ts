import { UnreadableInput } from "../input-problem.js";
import { damaged } from "./parquet-damage.js";

/** Characters of rows that are put together at once; a thousand of the longest rows of a flow log have a tenth of it. */
const MAX_BATCH = 67_108_864;
/** What a value takes besides its characters. */
const PER_VALUE = 8;
/** Flow logs expand to some ten times their bytes; the text form may expand a thousandfold too. */
const TEXT_IN_ANY_FILE = 1_073_741_824;
const MAX_TEXT_PER_BYTE = 1000;

/**
 * Bounds the text that a file's values become: a few bytes can stand for the same long value many times over. Charged as each value is
 * made, for all columns together.
 */
export class TextBudget {
  #file: number;
  #batch = MAX_BATCH;

  /** `size` of the file, in bytes. */
  constructor(private readonly size: number) {
    this.#file = TEXT_IN_ANY_FILE + size * MAX_TEXT_PER_BYTE;
  }

  /** What was made before is not held any more. */
  nextBatch(): void {
    this.#batch = MAX_BATCH;
  }

  /** Throws UnreadableInput when the batch, or the file, has more text than flow logs have. */
  take(text: string): void {
    const cost = text.length + PER_VALUE;
    this.#batch -= cost;
    this.#file -= cost;
    if (this.#batch < 0) throw damaged(`rows of more than ${MAX_BATCH} characters at once, which no flow log has`);
    if (this.#file < 0) throw tooMuchText(this.size);
  }
}

function tooMuchText(size: number): UnreadableInput {
  return new UnreadableInput(
    "unreadable",
    `its ${size} bytes expand to more text than flow logs hold: check what wrote it`,
  );
}
