import { readFile, rm, writeFile } from "node:fs/promises";
import type { InputRange } from "./parquet-conversion.js";

/** A document that did not convert. */
export interface FailedDocument {
  /** Its place in the spool, from 0. */
  readonly ordinal: number;
  /** The input it came from. */
  readonly input: number;
  readonly text: string;
  readonly message: string;
}

export interface SeparatedSpool {
  readonly failed: readonly FailedDocument[];
  /** The ranges that describe the clean spool. */
  readonly ranges: readonly InputRange[];
}

/**
 * Finds the documents for which `load` throws, by halving, and writes the others to `clean`. Bad documents are rare, so this costs
 * about two more loads of the spool for the first and a few small ones for each further.
 */
export async function separateFailedDocuments(
  spool: string,
  ranges: readonly InputRange[],
  clean: string,
  load: (part: string) => Promise<void>,
): Promise<SeparatedSpool> {
  const bytes = await readFile(spool);
  const starts = documentStarts(bytes);
  const count = starts.length - 1;
  const text = (first: number, end: number) => bytes.subarray(starts[first], starts[end]);
  const messages = new Map<number, string>();

  const find = async (first: number, end: number): Promise<void> => {
    try {
      await writeFile(clean, text(first, end));
      await load(clean);
    } catch (error) {
      if (!isDocumentError(error)) throw error;
      if (end - first === 1) {
        messages.set(first, conversionMessage(error));
        return;
      }
      const middle = (first + end) >> 1;
      await find(first, middle);
      await find(middle, end);
    }
  };
  if (count > 0) await find(0, count);

  const good: Uint8Array[] = [];
  for (let ordinal = 0; ordinal < count; ordinal++) if (!messages.has(ordinal)) good.push(text(ordinal, ordinal + 1));
  await rm(clean, { force: true });
  await writeFile(clean, Buffer.concat(good));
  const inputs = inputOfOrdinal(ranges);
  const failed = [...messages].map(([ordinal, message]) => ({
    ordinal,
    input: inputs(ordinal),
    text: Buffer.from(text(ordinal, ordinal + 1))
      .toString("utf8")
      .replace(/\r?\n$/, ""),
    message,
  }));
  return { failed, ranges: withoutFailed(ranges, failed) };
}

/** Whether DuckDB's complaint is about the content of a document, not about memory or disk. */
export function isDocumentError(error: unknown): boolean {
  return error instanceof Error && /^(Invalid Input|Conversion|Out of Range|Constraint) Error/.test(error.message);
}

/** Offsets of the documents, and the end. */
function documentStarts(bytes: Buffer): number[] {
  const starts: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    starts.push(at);
    at = end;
  }
  starts.push(bytes.length);
  return starts;
}

function inputOfOrdinal(ranges: readonly InputRange[]): (ordinal: number) => number {
  const ends: { end: number; input: number }[] = [];
  let end = 0;
  for (const { input, documents } of ranges) {
    end += documents;
    ends.push({ end, input });
  }
  return (ordinal) => ends.find((range) => ordinal < range.end)?.input ?? -1;
}

function withoutFailed(ranges: readonly InputRange[], failed: readonly FailedDocument[]): InputRange[] {
  let first = 0;
  return ranges.map(({ input, documents }) => {
    const end = first + documents;
    const lost = failed.filter(({ ordinal }) => ordinal >= first && ordinal < end).length;
    first = end;
    return { input, documents: documents - lost };
  });
}

/** DuckDB's reason, without its file name, line number and advice about options that the user never set. */
function conversionMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [first = text] = text.split("\n");
  return first
    .replace(/^[A-Z][A-Za-z ]* Error: /, "")
    .replace(/ ?in file "[^"]*"/, "")
    .replace(/, (at byte \d+ )?in line \d+/, "")
    .replace(/ Try (auto-detecting|setting) .*$/, "")
    .trim();
}
