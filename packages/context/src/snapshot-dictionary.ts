/** Values that are written once and then named by their number: 0 stands for none. */
export class Dictionary<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #keyOf: (value: T) => string;

  /** Values with the same key are the same. */
  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  numberOf(value: T | undefined): number {
    if (value === undefined) return 0;
    const key = this.#keyOf(value);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.values.push(value);
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** The value of a number that is not 0. Throws `RangeError` if there is none. */
export function numbered<T>(values: readonly T[], number: number): T {
  const value = values[number - 1];
  if (value === undefined) throw new RangeError(`no value ${number} among ${values.length}`);
  return value;
}
