/** Moments from one (included) up to another (not included), ms since the epoch; infinite where it has no end. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** What the numbers of year, month, day and hour begin with in the names of nested folders. */
export type DateNaming = readonly [year: string, month: string, day: string, hour: string];

export const PLAIN_DATES: DateNaming = ["", "", "", ""];
export const HIVE_DATES: DateNaming = ["year=", "month=", "day=", "hour="];
/** Of the blobs of Azure's flow logs; below the hour follows `m=00`, the minute. */
export const AZURE_DATES: DateNaming = ["y=", "m=", "d=", "h="];

const DIGITS = [4, 2, 2, 2] as const;

export function overlaps(a: TimeSpan, b: TimeSpan): boolean {
  return a.from < b.to && a.to > b.from;
}

export function contains(outer: TimeSpan, inner: TimeSpan): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}

/** How many of nested folders, from the first on, are those of a year, a month, a day and an hour. */
export function datedDepth(segments: readonly string[], naming: DateNaming): number {
  let depth = Math.min(segments.length, naming.length);
  while (datedSpan(segments.slice(0, depth), naming) === undefined) depth--;
  return depth;
}

/** The time of nested folders, all time for none; undefined when they are not dated. */
export function datedSpan(segments: readonly string[], naming: DateNaming): TimeSpan | undefined {
  if (segments.length > naming.length) return undefined;
  const numbers: number[] = [];
  for (const [level, segment] of segments.entries()) {
    const prefix = naming[level] ?? "";
    const digits = segment.slice(prefix.length);
    if (!segment.startsWith(prefix) || digits.length !== DIGITS[level] || !/^\d+$/.test(digits)) return undefined;
    numbers.push(Number(digits));
  }
  return spanOf(numbers);
}

/** The folders of one level below others whose time overlaps a window, in order; the window of years must have an end on both sides. */
export function datedChildren(segments: readonly string[], naming: DateNaming, window: TimeSpan): readonly string[] {
  const level = segments.length;
  const parent = datedSpan(segments, naming);
  if (parent === undefined || level >= naming.length) return [];
  const [first, last] = RANGES[level] ?? [yearOf(window.from), yearOf(window.to)];
  const children: string[] = [];
  for (let number = first; number <= last; number++) {
    const child = `${naming[level]}${String(number).padStart(DIGITS[level] ?? 2, "0")}`;
    const span = datedSpan([...segments, child], naming);
    if (span !== undefined && overlaps(span, window)) children.push(child);
  }
  return children;
}

/** Years that a window touches; infinite without an end on both sides. */
export function yearsOf({ from, to }: TimeSpan): number {
  return Number.isFinite(from) && Number.isFinite(to) ? yearOf(to) - yearOf(from) + 1 : Number.POSITIVE_INFINITY;
}

/** Of months, days and hours, by their level. */
const RANGES: Readonly<Record<number, readonly [first: number, last: number]>> = { 1: [1, 12], 2: [1, 31], 3: [0, 23] };

const yearOf = (time: number): number => new Date(time).getUTCFullYear();

function spanOf(numbers: readonly number[]): TimeSpan | undefined {
  const [year, month = 1, day = 1, hour = 0] = numbers;
  if (year === undefined) return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const from = timeOf(year, month, day, hour);
  const date = new Date(from);
  // Date.UTC carries a month 13 or a 30 February over instead of refusing it.
  const exact = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!exact) return undefined;
  const ends = [
    timeOf(year + 1, 1, 1, 0),
    timeOf(year, month + 1, 1, 0),
    timeOf(year, month, day + 1, 0),
    timeOf(year, month, day, hour + 1),
  ];
  return { from, to: ends[numbers.length - 1] ?? from };
}

function timeOf(year: number, month: number, day: number, hour: number): number {
  // Date.UTC takes years below 100 for those after 1900.
  return new Date(0).setUTCFullYear(year, month - 1, day) + hour * 3_600_000;
}
