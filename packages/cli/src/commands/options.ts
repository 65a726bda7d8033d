import { resolve } from "node:path";
import { isAccountId, isRegion, VpcFormat } from "@tributary/flow";
import { InvalidArgumentError } from "commander";

/** Option values as commander hands them over, checked here: a bad one is a usage error that quotes it. */

const SIZE = /^(\d+(?:\.\d+)?)\s*(kB|MB|GB|KiB|MiB|GiB)?$/i;
const UNITS: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Bytes from `64MB`, `0.2MB`, `1GiB` or plain bytes. */
export function bytes(text: string): number {
  const found = SIZE.exec(text.trim());
  const value = Number(found?.[1]) * (UNITS[found?.[2]?.toLowerCase() ?? ""] ?? 1);
  if (found === null || !Number.isFinite(value) || value < 1)
    throw new InvalidArgumentError("Give a size such as 64MB or 0.2MB.");
  return Math.round(value);
}

/** DuckDB cannot convert anything with less, bytes. */
export const LEAST_MEMORY = 64e6;

/** Bytes for DuckDB. */
export function memory(text: string): number {
  const value = bytes(text);
  if (value < LEAST_MEMORY) throw new InvalidArgumentError("Give at least 64MB.");
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number of at least 1.");
  return value;
}

/** More threads than any machine has cores for them only cost memory. */
const MOST_JOBS = 256;

export function jobCount(text: string): number {
  const value = positiveInteger(text);
  if (value > MOST_JOBS) throw new InvalidArgumentError(`Give at most ${MOST_JOBS}.`);
  return value;
}

/** Seconds, which may have a fraction. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError("Give a number of seconds above 0, such as 20 or 0.5.");
  }
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ""));
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("Give a whole number, for instance 200000.");
  return value;
}

export function accountId(text: string): string {
  if (!isAccountId(text)) throw new InvalidArgumentError("An AWS account has 12 digits.");
  return text;
}

/** The name of a region of any cloud, as it may stand in a path. */
export function regionName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) throw new InvalidArgumentError("Give a region such as eu-central-1.");
  return text;
}

/** The name of an AWS region. */
export function awsRegion(text: string): string {
  if (!isRegion(text)) throw new InvalidArgumentError("Give an AWS region such as eu-central-1.");
  return text;
}

/** ms since the epoch from an ISO 8601 time with zone. */
export function isoTime(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:?\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  // 30 February would be taken for 2 March.
  const day = text.slice(0, 10);
  if (Number.isNaN(time) || new Date(Date.parse(day)).toISOString().slice(0, 10) !== day)
    throw new InvalidArgumentError("Give an ISO 8601 time such as 2026-10-14T12:00:00Z.");
  return time;
}

export function folder(text: string): string {
  return resolve(text);
}

/** Collects paths. */
export function folders(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), resolve(text)];
}

/** Collects the formats of lines without a header. */
export function vpcFormats(text: string, before: readonly VpcFormat[] | undefined): readonly VpcFormat[] {
  try {
    return [...(before ?? []), VpcFormat.parse(text)];
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/** Collects `name=value` pairs. */
export function parameter(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Give a parameter as name=value, for instance days=30.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
