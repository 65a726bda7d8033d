import { isSnapshot } from "@tributary/context";
import { azureBlobKey, isIpAddress, isVpcHeader, splitExportTime, type VpcFormat } from "@tributary/flow";

/** The inputs that hold flows. */
export type FlowInputKind =
  | "vpc-lines"
  | "vpc-parquet"
  | "firehose-records"
  | "firehose-event"
  | "logs-envelope"
  | "azure-blob";

/** What an input is: by its first bytes (after decompression), and where they do not tell, by the path that flow logs are delivered to. */
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
  [
    // The list may stand behind the token of the next page, or the id of what it belongs to.
    /^\{\s*(?:"(?:NextToken|PrefixListId)"\s*:\s*"[^"]*"\s*,\s*)?"(?:NetworkInterfaces|SecurityGroups|SecurityGroupRules|PrefixLists|Entries|NetworkAcls|Reservations)"\s*:/,
    "what the AWS CLI says of a network, which --inventory takes",
  ],
];

const BINARY = /\0/;
/** The second with an encrypted footer. */
const PARQUET = /^PAR[1E]/;

/** What helps to recognise an input besides its content. */
export interface InputHints {
  readonly path: string;
  /** Those that lines without a header may have. */
  readonly formats: readonly VpcFormat[];
  /** What a Parquet file is, as `parquetKind` says: its beginning does not tell. Without it, it is taken for flow logs. */
  readonly parquet?: InputKind;
}

/** Whether an input that begins so is a Parquet file. */
export function isParquet(head: Buffer): boolean {
  return PARQUET.test(head.toString("latin1", 0, 4));
}

/** Tells what an input is. `head` is its beginning, up to HEAD_BYTES. */
export function inputKind(head: Buffer, { path, formats, parquet }: InputHints): InputKind {
  if (isParquet(head)) return parquet ?? { kind: "vpc-parquet" };
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  if (isSnapshot(head)) return { kind: "other", what: "an inventory, which --inventory takes" };
  if (BINARY.test(text)) return { kind: "other", what: "binary data" };
  const content = text.trimStart();
  if (content === "") return { kind: "empty" };
  const found = content.startsWith("{") || content.startsWith("[") ? jsonKind(content) : textKind(content);
  if (found.kind !== "other") return found;
  // A flow log with a damaged beginning: its lines or records are parked, since leaving it out would hide the loss.
  const kind =
    kindOfPath(path) ?? (content.split("\n").some((line) => isTaken(line, formats)) ? "vpc-lines" : undefined);
  return kind === undefined ? found : { kind };
}

const VPC_FILE = /_vpcflowlogs_[^/]*$/;
const AZURE_FILE = /(?:^|\/)pt1h\.json(?:\.gz)?$/;
const AZURE_CONTAINER = /(?:^|\/)insights-logs-[a-z]*flowevent\//;

/** The kind that AWS or Azure delivers under such a path; undefined when the path says nothing. */
function kindOfPath(path: string): FlowInputKind | undefined {
  const plain = path.replaceAll("\\", "/").toLowerCase();
  if (VPC_FILE.test(plain)) return "vpc-lines";
  const inContainer = AZURE_CONTAINER.test(plain) || azureBlobKey(path) !== undefined;
  return inContainer && AZURE_FILE.test(plain) ? "azure-blob" : undefined;
}

/** How a record of an Azure flow log names itself, wherever it is torn. */
const AZURE_EVENT =
  /"(?:category|operation|operationName)"\s*:\s*"(?:NetworkSecurityGroupFlowEvents?|FlowLogFlowEvents?)"/i;

function jsonKind(content: string): InputKind {
  if (/^\{\s*"message"\s*:|^\{\s*"tributary"\s*:/.test(content)) return { kind: "firehose-records" };
  if (/"invocationId"\s*:/.test(content) && /"records"\s*:\s*\[/.test(content)) return { kind: "firehose-event" };
  if (/"messageType"\s*:\s*"(?:DATA|CONTROL)_MESSAGE"/.test(content)) return { kind: "logs-envelope" };
  if (AZURE_EVENT.test(content)) return { kind: "azure-blob" };
  for (const [pattern, what] of OTHER_JSON) if (pattern.test(content)) return { kind: "other", what };
  if (/"flowTuples"\s*:|"flowRecords"\s*:/.test(content) || /^\{\s*"records"\s*:\s*\[/.test(content))
    return { kind: "azure-blob" };
  return { kind: "other", what: "JSON that is no flow log" };
}

function textKind(content: string): InputKind {
  // However many broken lines come first: one good line makes a log.
  if (content.split("\n").some(isRecordOrHeader)) return { kind: "vpc-lines" };
  if (AZURE_EVENT.test(content)) return { kind: "azure-blob" };
  return { kind: "other", what: "text that is no flow log" };
}

/** A line of words among which is an address or an interface id; headers have several fields, since any single word could be one. */
function isRecordOrHeader(raw: string): boolean {
  const words = splitExportTime(raw.trim()).line.split(/[ \t]+/);
  if (words.length > 1 && isVpcHeader(words)) return true;
  if (words.length < 3) return false;
  return words.some((word) => /^eni-[0-9a-z]+$/.test(word) || (words.length > 3 && isIpAddress(word)));
}

function isTaken(raw: string, formats: readonly VpcFormat[]): boolean {
  const { line } = splitExportTime(raw.trim());
  return formats.some((format) => format.takes(line));
}
