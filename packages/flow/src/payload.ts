import { gunzipSync } from "node:zlib";
import { isAccountId } from "./aws-place.js";
import type { PackedAzureRecord } from "./azure/azure-flow.js";
import { parsePackedAzureRecord } from "./azure/packed-record.js";
import { type LineBatch, unpackLines } from "./line-batch.js";
import { Parked, Skipped } from "./outcome.js";
import { MARK_PREFIX, markOf, type PackedMark } from "./packed-mark.js";
import { isVpcHeader } from "./vpc/vpc-fields.js";

/** Where and when a record arrived: identity and time of lines that have none of their own. */
export interface Arrival {
  readonly recordId: string;
  /** ms since the epoch. */
  readonly time: number;
}

/** What one Firehose record holds. */
export type Payload =
  | { readonly kind: "lines"; readonly batch: LineBatch; readonly mark?: PackedMark }
  | { readonly kind: "azure"; readonly record: PackedAzureRecord; readonly mark: PackedMark }
  | { readonly kind: "skipped"; readonly skipped: Skipped; readonly count: number }
  | { readonly kind: "parked"; readonly parked: Parked };

/** A compressed record may expand to this many bytes: forty times what Firehose takes, far below a Lambda's memory. */
const MAX_EXPANDED_BYTES = 40 * 1024 * 1024;
/** Ten times the lines that fit a record uncompressed; each that is parked takes some hundred bytes of memory. */
const MAX_LINES = 100_000;

/**
 * Reads the content of one Firehose record, whichever way the lines came: `{"message":"<line>"}` (several may be glued together),
 * bare lines, a CloudWatch Logs subscription envelope (gzip or plain), or a record that Tributary packed or put back itself.
 */
export function readPayload(bytes: Uint8Array, arrival: Arrival): Payload {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const expanded = gunzip(bytes);
    return expanded instanceof Parked ? parked(expanded) : readText(text(expanded), arrival);
  }
  return readText(text(bytes), arrival);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function gunzip(bytes: Uint8Array): Uint8Array | Parked {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_EXPANDED_BYTES });
  } catch (error) {
    return new Parked(
      "bad-gzip",
      `gzip data that does not expand (${(error as Error).message}): check what writes to this stream`,
      Buffer.from(bytes).toString("base64"),
    );
  }
}

function readText(content: string, arrival: Arrival): Payload {
  const trimmed = content.trim();
  if (trimmed.startsWith(MARK_PREFIX)) return readMarked(trimmed);
  if (trimmed.startsWith("{")) return readObjects(trimmed, arrival);
  const lines = splitLines(trimmed, MAX_LINES + 1);
  if (lines.length > MAX_LINES) return tooManyLines(content);
  if (lines.length === 0)
    return parked(new Parked("unrecognised", "an empty record: check what writes to this stream", content));
  return { kind: "lines", batch: lineBatch(lines, arrival) };
}

/** Non-empty lines without their line ends; no more of the content is read than its first `most` lines. */
export function splitLines(content: string, most?: number): string[] {
  return content.split(/\r?\n/, most).filter((line) => line.trim() !== "");
}

/** The lines of a message; an empty message is one empty line, so that it is counted. */
function linesOf(message: string): string[] {
  const lines = splitLines(message, MAX_LINES + 1);
  return lines.length === 0 ? [message] : lines;
}

// CloudWatch's export to S3 puts the event's time before each line.
const EXPORT_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z +/;

/** Parts a CloudWatch export's leading time (ms since the epoch) from the line proper. */
export function splitExportTime(line: string): { readonly line: string; readonly time?: number } {
  const found = line.charCodeAt(4) === 45 ? EXPORT_TIME.exec(line) : null;
  if (found === null) return { line };
  const time = Date.parse(found[0].trim());
  return { line: line.slice(found[0].length), ...(Number.isNaN(time) ? {} : { time }) };
}

/** Lines that arrived as they are, maybe with a header before them or a time before each. */
function lineBatch(content: readonly string[], arrival: Arrival): LineBatch {
  const split = content.map(splitExportTime);
  const [first] = split;
  const headed = first !== undefined && first.time === undefined && isVpcHeader(first.line.trim().split(/[ \t]+/));
  const events = headed ? split.slice(1) : split;
  const exported = events.some(({ time }) => time !== undefined);
  return {
    key: `firehose:${arrival.recordId}`,
    ids: events.map((_, index) => index),
    lines: events.map(({ line }) => line),
    time: exported ? events.map(({ time }) => time ?? arrival.time) : arrival.time,
    timeBasis: exported ? "log-event" : "arrival",
    ...(headed ? { fields: first.line.trim() } : {}),
  };
}

function readMarked(content: string): Payload {
  const value = parseJson(content);
  if (!isObject(value)) return invalidJson(content);
  const mark = markOf(value);
  switch (mark?.kind) {
    case "vpc": {
      const batch = unpackLines(value);
      if (batch !== undefined) return { kind: "lines", batch, mark };
      break;
    }
    case "azure": {
      const record = parsePackedAzureRecord(value);
      return record instanceof Parked ? parked(record) : { kind: "azure", record, mark };
    }
  }
  return unknownMark(content);
}

function unknownMark(content: string): Payload {
  return parked(
    new Parked(
      "unrecognised",
      "a record marked by another version of Tributary, or damaged: deploy the version that wrote it, or replay its source",
      content,
    ),
  );
}

/** One or more JSON objects, one after the other, with or without white space between. */
function readObjects(content: string, arrival: Arrival): Payload {
  const single = parseJson(content);
  const values = single === undefined ? splitObjects(content) : [single];
  if (values === undefined) return invalidJson(content);
  const [first] = values;
  if (values.length === 1 && isObject(first) && typeof first["messageType"] === "string")
    return readEnvelope(first, content);
  const lines: string[] = [];
  for (const value of values) {
    if (!isObject(value) || typeof value["message"] !== "string") {
      return parked(
        new Parked(
          "unrecognised",
          'JSON without a "message": VPC flow logs arrive as {"message":"<line>"}; check what else writes to this stream',
          content,
        ),
      );
    }
    for (const line of linesOf(value["message"])) lines.push(line);
    if (lines.length > MAX_LINES) return tooManyLines(content);
  }
  return { kind: "lines", batch: lineBatch(lines, arrival) };
}

/** CloudWatch Logs subscription filter (user guide, "Subscription filters with Amazon Data Firehose"). */
function readEnvelope(envelope: Readonly<Record<string, unknown>>, content: string): Payload {
  const { messageType, owner, logGroup, logStream, logEvents } = envelope;
  if (messageType === "CONTROL_MESSAGE") {
    return { kind: "skipped", skipped: Skipped.controlMessage, count: Array.isArray(logEvents) ? logEvents.length : 1 };
  }
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) {
    return parked(
      new Parked("unrecognised", `messageType ${JSON.stringify(messageType)} is no CloudWatch Logs data`, content),
    );
  }
  const events: { readonly line: string; readonly id: string; readonly time: number }[] = [];
  for (const [index, event] of (logEvents as unknown[]).entries()) {
    const { id, timestamp, message } = isObject(event) ? event : {};
    linesOf(typeof message === "string" ? message : jsonOf(event)).forEach((line, part) => {
      events.push({
        line,
        id: `${typeof id === "string" ? id : index}${part === 0 ? "" : `.${part}`}`,
        time: typeof timestamp === "number" ? timestamp : 0,
      });
    });
    if (events.length > MAX_LINES) return tooManyLines(content);
  }
  if (events.length === 0) return parked(new Parked("unrecognised", "an envelope without messages", content));
  return {
    kind: "lines",
    batch: {
      key: `logs:${typeof logGroup === "string" ? logGroup : ""}:${typeof logStream === "string" ? logStream : ""}`,
      ids: events.map(({ id }) => id),
      lines: events.map(({ line }) => line),
      time: events.map(({ time }) => time),
      timeBasis: "log-event",
      ...(isAccountId(owner) ? { account: owner } : {}),
    },
  };
}

/** An event of another shape as text: no format takes it, so that it is parked with its content. */
function jsonOf(event: unknown): string {
  try {
    return JSON.stringify(event);
  } catch {
    // JSON.parse follows nesting deeper than JSON.stringify can, which recurses.
    return "an event nested too deep to be shown";
  }
}

/** The values of JSON texts glued together, such as Firehose leaves without a delimiter; undefined when one is broken. */
export function splitObjects(content: string): unknown[] | undefined {
  const values: unknown[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < content.length; i++) {
    const code = content.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) {
      if (depth === 0) return undefined;
      inString = true;
    } else if (code === 123 || code === 91) {
      if (depth++ === 0) start = i;
    } else if (code === 125 || code === 93) {
      if (--depth < 0) return undefined;
      if (depth === 0) {
        const value = parseJson(content.slice(start, i + 1));
        if (value === undefined) return undefined;
        values.push(value);
        if (values.length > MAX_LINES) return values;
      }
    } else if (depth === 0 && code > 32) {
      return undefined;
    }
  }
  return depth === 0 && values.length > 0 ? values : undefined;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooManyLines(content: string): Payload {
  return parked(
    new Parked("too-large", `more than ${MAX_LINES} lines in one record: put fewer lines into each`, content),
  );
}

function invalidJson(content: string): Payload {
  return parked(new Parked("invalid-json", "text that starts like JSON and is not: it is cut off or damaged", content));
}

function parked(reason: Parked): Payload {
  return { kind: "parked", parked: reason };
}
