export const DAY_MS = 86_400_000;

/** The UTC day of a time (ms since the epoch) as partitions name it, e.g. `20261121`. */
export function eventDayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll("-", "");
}

/** When a day of a partition begins, ms since the epoch. */
export function startOfDay(eventDay: string): number {
  return Date.UTC(Number(eventDay.slice(0, 4)), Number(eventDay.slice(4, 6)) - 1, Number(eventDay.slice(6, 8)));
}

/** When the day after it begins, ms since the epoch. */
export function endOfDay(eventDay: string): number {
  return startOfDay(eventDay) + DAY_MS;
}

/** The days after the first and before the last. */
export function* eachDayBetween(first: string, last: string): Generator<string> {
  for (let time = endOfDay(first); time < startOfDay(last); time += DAY_MS) yield eventDayOf(time);
}
