import { uidOf } from "@tributary/ocsf";
import { base64Of } from "./base64-texts.js";
import type { TransformationRecord } from "./event.js";
import type { LineTransform } from "./line-transform.js";

const WRAPPER = '{"message":"';
const CLOSING_BRACE = 125;
// Every JSON object starts with the same two digits of base64; this one comes after the first letter of its first key.
const TELLING_DIGIT = 3;
const WRAPPER_DIGIT = btoa(WRAPPER).charCodeAt(TELLING_DIGIT);

/** One document of a record, encoded. */
export interface PlainAnswer {
  /** base64 of the document and its line end. */
  readonly data: string;
  /** Before base64. */
  readonly bytes: number;
  readonly account: string;
  readonly day: string;
}

/**
 * The documents of the commonest records, each one line in the plain wrapper that says everything itself, without a JSON parser or a
 * second decoding; undefined for every other record. All records go through each stage together, since its code, most of it the
 * runtime's, then stays in the processor's caches: record by record takes a fifth longer. So give a few dozen at a time.
 */
export function plainAnswers(
  records: readonly (TransformationRecord | undefined)[],
  lines: LineTransform,
): readonly (PlainAnswer | undefined)[] {
  const contents = records.map(plainContent);
  const flows = contents.map((content, index) =>
    content === undefined
      ? undefined
      : lines.plainFlow(content, WRAPPER.length, content.length - 2, records[index]?.approximateArrivalTimestamp ?? 0),
  );
  const uids = flows.map((flow) => (flow === undefined ? "" : uidOf(flow.identity)));
  const documents = flows.map((flow, index) =>
    flow === undefined ? undefined : lines.plainDocument(flow, uids[index] ?? ""),
  );
  const encoded = base64Of(documents.map((document) => document?.text ?? ""));
  return documents.map((document, index) =>
    document === undefined
      ? undefined
      : {
          data: encoded[index] ?? "",
          bytes: document.text.length,
          account: document.account,
          day: document.day,
        },
  );
}

/** The decoded record when it is one text in the plain wrapper that stands for itself. */
function plainContent(record: TransformationRecord | undefined): string | undefined {
  if (record?.data.charCodeAt(TELLING_DIGIT) !== WRAPPER_DIGIT) return undefined;
  let content: string;
  try {
    content = atob(record.data);
  } catch {
    return undefined;
  }
  const end = content.length - 2;
  if (content.charCodeAt(end + 1) !== CLOSING_BRACE || content.indexOf(WRAPPER) !== 0) return undefined;
  // Inner quotes, escapes and bytes beyond ASCII need a JSON parser and a decoder.
  return content.indexOf('"', WRAPPER.length) === end &&
    !content.includes("\\") &&
    Buffer.byteLength(content) === content.length
    ? content
    : undefined;
}
