const SECONDS_PER_DAY = 86_400;

/** How many seconds and days are remembered: flows of one delivery share theirs. */
const REMEMBERED = 4096; // a power of two

const SIXTY: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

/**
 * Remembers one text for each residue of a whole number. A newer number takes the place of an older one, so that memory is bounded
 * and nothing is ever cleared at once; looking up costs no hashing.
 */
export class TextByNumber {
  readonly #numbers = new Float64Array(REMEMBERED).fill(-1);
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

const dates = new TextByNumber((day) => new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10));
const days = new TextByNumber((day) => dates.get(day).replaceAll("-", ""));
const seconds = new TextByNumber((second) => {
  const ofDay = second % SECONDS_PER_DAY;
  const minutes = Math.floor(ofDay / 60);
  return `${dates.get(Math.floor(second / SECONDS_PER_DAY))}T${SIXTY[Math.floor(minutes / 60)]}:${SIXTY[minutes % 60]}:${SIXTY[ofDay % 60]}Z`;
});

/** `2026-10-01T12:00:00Z` for whole seconds, `2026-10-01T12:00:00.123Z` otherwise; from ms since the epoch, 1970 to 9999. */
export function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  const rest = ms - second * 1000;
  const text = seconds.get(second);
  return rest === 0 ? text : `${text.slice(0, -1)}.${String(rest).padStart(3, "0")}Z`;
}

/** UTC day of ms since the epoch as `yyyyMMdd`, the partition key of Security Lake. */
export function eventDay(ms: number): string {
  return days.get(Math.floor(ms / 1000 / SECONDS_PER_DAY));
}
