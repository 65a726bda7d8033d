import {
  DEFAULT_SETTINGS,
  FlowTransform,
  type PutBack,
  type PutBackRecord,
  type Transformation,
  type TransformationEvent,
  type TransformationRecord,
  type TransformedRecord,
  type TransformSettings,
} from "@tributary/transform";

/** When the records of an event arrive, ms: shortly after the flows of the fixtures. */
export const ARRIVAL = Date.UTC(2026, 3, 2, 18, 40);
/** A second of that day at which the flows of the tests start, s. */
export const START = Date.UTC(2026, 3, 2, 18, 30) / 1000;
export const STREAM_ACCOUNT = "111122223333";
export const STREAM_ARN = `arn:aws:firehose:eu-west-1:${STREAM_ACCOUNT}:deliverystream/flows`;

export type Content = string | Uint8Array;

export function record(recordId: string, content: Content, arrival = ARRIVAL): TransformationRecord {
  return { recordId, approximateArrivalTimestamp: arrival, data: Buffer.from(content).toString("base64") };
}

export function eventOf(records: readonly TransformationRecord[]): TransformationEvent {
  return { invocationId: "invocation-1", deliveryStreamArn: STREAM_ARN, region: "eu-west-1", records };
}

/** An event of records `r0`, `r1`, … */
export function event(...contents: readonly Content[]): TransformationEvent {
  return eventOf(contents.map((content, index) => record(`r${index}`, content)));
}

/** What AWS delivers: one line in its wrapper. */
export function wrapped(line: string): string {
  return JSON.stringify({ message: line });
}

/** A line of the default format; `end` is 59 s after the start. */
export function defaultLine({
  account = "123456789012" as string,
  start = START,
  srcport = 50_000,
  action = "ACCEPT",
  bytes = 4242,
} = {}): string {
  return `2 ${account} eni-0a1b2c3d4e5f60718 10.0.1.5 198.51.100.7 ${srcport} 443 6 10 ${bytes} ${start} ${start + 59} ${action} OK`;
}

/** A delivery stream that remembers what was put back and takes what `accepts` says. */
export class RecordingPutBack implements PutBack {
  readonly records: PutBackRecord[] = [];
  readonly streams: string[] = [];

  constructor(private readonly accepts: (record: PutBackRecord, index: number) => boolean = () => true) {}

  async put(deliveryStreamArn: string, records: readonly PutBackRecord[]): Promise<readonly boolean[]> {
    this.streams.push(deliveryStreamArn);
    const answers = records.map((one, index) => this.accepts(one, index));
    this.records.push(...records.filter((_, index) => answers[index]));
    return answers;
  }
}

export function settings(overrides: Partial<TransformSettings> = {}): TransformSettings {
  return { ...DEFAULT_SETTINGS, ...overrides };
}

/** Transforms one event with its own transform and a stream that takes everything back. */
export function transformOnce(
  of: TransformationEvent,
  overrides: Partial<TransformSettings> = {},
): Promise<Transformation> {
  return new FlowTransform(settings(overrides), new RecordingPutBack()).transform(of);
}

export type OcsfDocument = Readonly<Record<string, unknown>>;

/** The texts of the documents of an `Ok` answer; none of any other. */
export function documentTexts({ result, data }: TransformedRecord): string[] {
  if (result !== "Ok") return [];
  const text = Buffer.from(data, "base64").toString("utf8");
  if (!text.endsWith("\n")) throw new Error(`an answer that does not end its last line: ${text.slice(-40)}`);
  return text.slice(0, -1).split("\n");
}

export function documentsOf(answer: TransformedRecord): OcsfDocument[] {
  return documentTexts(answer).map((text) => JSON.parse(text) as OcsfDocument);
}

export function allDocuments({ response }: Transformation): OcsfDocument[] {
  return response.records.flatMap(documentsOf);
}

export function uidOfDocument(document: OcsfDocument): string {
  return String((document.metadata as OcsfDocument).uid);
}

/** The only element; throws when there are more or none. */
export function only<T>(values: readonly T[]): T {
  const [value] = values;
  if (values.length !== 1 || value === undefined) throw new Error(`expected one element, found ${values.length}`);
  return value;
}
