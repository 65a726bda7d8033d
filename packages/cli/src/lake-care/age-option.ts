import { eventDayOf } from "@tributary/lake";
import { InvalidArgumentError } from "commander";

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** ms from `90s`, `30m`, `1h` or `2d`. */
export function duration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim());
  const ms = Math.round(Number(found?.[1]) * (UNITS[found?.[2] ?? ""] ?? 0));
  if (found === null || ms < 1) throw new InvalidArgumentError("Give a duration such as 30m, 1h or 2d.");
  return ms;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A day as partitions name it, from `2026-10-01` or, so many days before `now`, `90d`. */
export function dayBefore(text: string, now: number): string {
  const days = /^(\d{1,5})d$/.exec(text.trim());
  if (days !== null) return eventDayOf(now - Number(days[1]) * DAY_MS);
  const time = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) {
    throw new InvalidArgumentError("Give a day such as 2026-10-01, or an age such as 90d.");
  }
  return eventDayOf(time);
}

/** `20261001` as `2026-10-01`. */
export function dayText(eventDay: string): string {
  return `${eventDay.slice(0, 4)}-${eventDay.slice(4, 6)}-${eventDay.slice(6, 8)}`;
}

/** Collects accounts as partitions name them: 12 digits, or an Azure subscription with or without its prefix. */
export function partitionAccounts(text: string, before: readonly string[] | undefined): readonly string[] {
  const name = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? `external_${text.toLowerCase()}` : text;
  if (!/^(\d{12}|external_[A-Za-z0-9_.:-]+)$/.test(name)) {
    throw new InvalidArgumentError("Give an AWS account of 12 digits or an Azure subscription id.");
  }
  return [...(before ?? []), name];
}
