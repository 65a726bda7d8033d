import {
  DeliveryStream,
  type DeliveryStreamOptions,
  type FirehoseRecord,
  type InvocationContext,
  ManualClock,
  type Processor,
} from "@tributary/simulator";
import type { TransformationEvent, TransformationResponse, TransformedRecord } from "@tributary/transform";
import { RecordingDestination } from "./recording-destination.js";

/** 2026-03-04T05:06:07Z */
export const START = Date.UTC(2026, 2, 4, 5, 6, 7);

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function text(data: string): string {
  return Buffer.from(data, "base64").toString();
}

export function record(data: string, tag = data): FirehoseRecord<string> {
  return { data: base64(data), tag };
}

export function ok(recordId: string, data: string, partitionKeys?: Record<string, string>): TransformedRecord {
  return { recordId, result: "Ok", data: base64(data), ...(partitionKeys ? { metadata: { partitionKeys } } : {}) };
}

/** A processor that answers each record on its own. */
export function eachRecord(
  answer: (data: string, recordId: string, context: InvocationContext<string>) => TransformedRecord,
  settings: Omit<Processor<string>, "invoke"> = {},
): Processor<string> {
  return {
    ...settings,
    invoke: (event, context) => ({ records: event.records.map((r) => answer(text(r.data), r.recordId, context)) }),
  };
}

/** A processor that returns its input, and keeps the events. */
export class EchoProcessor implements Processor<string> {
  readonly events: TransformationEvent[] = [];
  readonly bufferBytes?: number;
  readonly bufferSeconds?: number;

  constructor(settings: Omit<Processor<string>, "invoke"> = {}) {
    Object.assign(this, settings);
  }

  invoke(event: TransformationEvent): TransformationResponse {
    this.events.push(event);
    return { records: event.records.map(({ recordId, data }) => ({ recordId, result: "Ok", data })) };
  }

  get batches(): string[][] {
    return this.events.map((event) => event.records.map((r) => text(r.data)));
  }
}

export type StreamOverrides = Partial<Omit<DeliveryStreamOptions<string>, "destination">> & {
  readonly destination?: RecordingDestination;
};

/** A stream in Frankfurt at {@link START}, without the service's lower bounds for buffers unless asked for. */
export function newStream(overrides: StreamOverrides = {}) {
  const clock = new ManualClock(START);
  const destination = overrides.destination ?? new RecordingDestination();
  const stream = new DeliveryStream<string>({
    name: "flows",
    accountId: "123456789012",
    region: "eu-central-1",
    clock,
    enforceServiceLimits: false,
    ...overrides,
    destination,
  });
  return { stream, clock, destination };
}

/** Options for a stream partitioned by `account`. */
export const BY_ACCOUNT = {
  prefix: "lake/accountId=!{partitionKeyFromLambda:account}/",
  errorPrefix: "errors/!{firehose:error-output-type}/",
  dynamicPartitioning: {},
} as const;
