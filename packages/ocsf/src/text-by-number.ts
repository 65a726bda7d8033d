/** A power of two. A delivery's flows share their seconds: 4,096 are more than an hour. */
const REMEMBERED = 4096;

/**
 * Remembers one text for each residue of a whole number. A newer number takes the place of an older one, so that memory is bounded
 * and nothing is ever cleared at once; looking up costs no hashing.
 */
export class TextByNumber {
  readonly #numbers = new Float64Array(REMEMBERED).fill(Number.NaN);
  readonly #texts = new Array<string>(REMEMBERED).fill("");
  readonly #make: (number: number) => string;

  /** `make` gives the text of a whole number from 0 on. */
  constructor(make: (number: number) => string) {
    this.#make = make;
  }

  get(number: number): string {
    const place = number & (REMEMBERED - 1);
    if (this.#numbers[place] === number) return this.#texts[place] ?? "";
    const text = this.#make(number);
    this.#numbers[place] = number;
    this.#texts[place] = text;
    return text;
  }
}
