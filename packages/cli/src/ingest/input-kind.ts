import { isIpAddress, isVpcHeader, splitExportTime } from "@tributary/flow";

/** The inputs that hold flows. */
export type FlowInputKind = "vpc-lines" | "firehose-records" | "firehose-event" | "logs-envelope" | "azure-blob";

/** What an input is, by its first bytes (after decompression), never by its name. */
export type InputKind =
  | { readonly kind: FlowInputKind }
  | { readonly kind: "empty" }
  | { readonly kind: "other"; readonly what: string };

/** So much of the beginning is looked at. */
export const HEAD_BYTES = 65_536;

/** How JSON that is not a flow log gives itself away, with what it is called. The first that matches counts. */
const OTHER_JSON: readonly (readonly [RegExp, string])[] = [
  [
    /"(?:eventType|type)"\s*:\s*"Microsoft\.(?:Storage|EventGrid)\./,
    "Event Grid events, which announce blobs but hold no flows",
  ],
  [
    /"SystemAlertId"|"systemAlertId"|"?Microsoft\.Security\//,
    "a Defender for Cloud export, which holds findings and no flows",
  ],
];

const BINARY = /\0/;
const PARQUET = "PAR1";

/** Tells what an input is. `head` is its beginning, up to HEAD_BYTES; `whole` when that is all of it. */
export function inputKind(head: Buffer): InputKind {
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  if (text.startsWith(PARQUET)) return { kind: "other", what: "a Parquet file: give the text form of these flow logs" };
  if (BINARY.test(text)) return { kind: "other", what: "binary data" };
  const content = text.trimStart();
  if (content === "") return { kind: "empty" };
  return content.startsWith("{") || content.startsWith("[") ? jsonKind(content) : textKind(content);
}

function jsonKind(content: string): InputKind {
  if (/^\{\s*"message"\s*:|^\{\s*"tributary"\s*:/.test(content)) return { kind: "firehose-records" };
  if (/"invocationId"\s*:/.test(content) && /"records"\s*:\s*\[/.test(content)) return { kind: "firehose-event" };
  if (/"messageType"\s*:\s*"(?:DATA|CONTROL)_MESSAGE"/.test(content)) return { kind: "logs-envelope" };
  for (const [pattern, what] of OTHER_JSON) if (pattern.test(content)) return { kind: "other", what };
  if (/"flowTuples"\s*:|"flowRecords"\s*:/.test(content) || /^\{\s*"records"\s*:\s*\[/.test(content))
    return { kind: "azure-blob" };
  return { kind: "other", what: "JSON that is no flow log" };
}

// A few broken lines before the first good one do not make a log unrecognisable.
const LINES_LOOKED_AT = 50;

function textKind(content: string): InputKind {
  const lines = content.split("\n", LINES_LOOKED_AT);
  return lines.some(isRecordOrHeader) ? { kind: "vpc-lines" } : { kind: "other", what: "text that is no flow log" };
}

/** A line of words among which is an address or an interface id; headers have several fields, since any single word could be one. */
function isRecordOrHeader(raw: string): boolean {
  const words = splitExportTime(raw.trim()).line.split(/[ \t]+/);
  if (words.length > 1 && isVpcHeader(words)) return true;
  return words.length >= 4 && words.some((word) => isIpAddress(word) || /^eni-[0-9a-z]+$/.test(word));
}
