import { isAccountId } from "./aws-place.js";
import type { PackedMark } from "./packed-mark.js";

/** Which other time stands in for a flow's start when the format lacks it. */
export type TimeBasis = "log-event" | "file-name" | "arrival";

/**
 * VPC flow-log lines that came together, with what their delivery says of all of them. Every payload of lines is read into one of
 * these, and part of one can be written back as a packed record without any line changing its identity.
 */
export interface LineBatch {
  /** The header in force; absent when the lines must be matched against the configured formats. */
  readonly fields?: string;
  /** What the lines are numbered within: an S3 key or file path, a CloudWatch log stream, a Firehose record. */
  readonly key: string;
  /** Each line's number or event id within `key`. */
  readonly ids: readonly (number | string)[];
  /** 12-digit account of the delivery, where the lines name none. */
  readonly account?: string;
  readonly region?: string;
  /** ms since the epoch, one for all lines or one for each. */
  readonly time?: number | readonly number[];
  readonly timeBasis?: TimeBasis;
  /** The file or object that the lines stand in, when each document shall name it: an absolute path or an URL. */
  readonly source?: string;
  /** Line or record of the source that all of them stand in, where their ids do not say which line it is. */
  readonly sourceLine?: number;
  readonly lines: readonly string[];
}

/** The batch with only the lines at the given positions. */
export function selectLines(batch: LineBatch, positions: readonly number[]): LineBatch {
  const { time } = batch;
  const pick = <T>(values: readonly T[]): T[] =>
    positions.flatMap((position) => {
      const value = values[position];
      return value === undefined ? [] : [value];
    });
  return {
    ...batch,
    ids: pick(batch.ids),
    lines: pick(batch.lines),
    ...(typeof time === "object" ? { time: pick(time) } : {}),
  };
}

/** A packed Firehose record of the batch: the header once, then the lines; see `readPayload` for the way back. */
export function packLines(batch: LineBatch, mark: Omit<PackedMark, "v" | "kind"> = {}): string {
  const { ids, ...rest } = batch;
  const first = ids[0];
  const consecutive = typeof first === "number" && ids.every((id, index) => id === first + index);
  return JSON.stringify({
    tributary: { v: 1, kind: "vpc", ...mark } satisfies PackedMark,
    ...rest,
    ...(consecutive ? { first } : { ids }),
  });
}

/** The batch of a packed record's JSON; undefined when its shape is not that of `packLines`. */
export function unpackLines(value: Readonly<Record<string, unknown>>): LineBatch | undefined {
  const { fields, key, first, ids, account, region, time, timeBasis, source, sourceLine, lines } = value;
  if (typeof key !== "string" || !isArrayOf(lines, "string")) return undefined;
  const numbered = typeof first === "number" ? lines.map((_, index) => first + index) : ids;
  if (!isIds(numbered) || numbered.length !== lines.length) return undefined;
  const times =
    typeof time === "number" || (isArrayOf(time, "number") && time.length === lines.length) ? time : undefined;
  return {
    key,
    ids: numbered,
    lines,
    ...(typeof fields === "string" ? { fields } : {}),
    ...(isAccountId(account) ? { account } : {}),
    ...(typeof region === "string" ? { region } : {}),
    ...(times === undefined ? {} : { time: times }),
    ...(timeBasis === "log-event" || timeBasis === "file-name" || timeBasis === "arrival" ? { timeBasis } : {}),
    ...(typeof source === "string" ? { source } : {}),
    ...(typeof sourceLine === "number" ? { sourceLine } : {}),
  };
}

function isIds(value: unknown): value is (number | string)[] {
  return Array.isArray(value) && value.every((id) => typeof id === "number" || typeof id === "string");
}

function isArrayOf(value: unknown, type: "string"): value is string[];
function isArrayOf(value: unknown, type: "number"): value is number[];
function isArrayOf(value: unknown, type: "string" | "number"): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === type);
}
