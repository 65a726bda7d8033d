import { readAzureBlob } from "./azure-reader.js";
import { type ByteSource, StoredSource } from "./byte-source.js";
import type { FlowReader, ReadContext, ReadPosition, ReadStep } from "./flow-reader.js";
import type { FlowInputKind } from "./input-kind.js";
import { UnreadableInput } from "./input-problem.js";
import { readVpcParquet } from "./parquet-reader.js";
import { readFirehoseEvent, readFirehoseRecords, readLogsEnvelopes } from "./record-reader.js";
import { readVpcLines } from "./vpc-reader.js";

const READERS: Readonly<Record<Exclude<FlowInputKind, "vpc-parquet">, FlowReader>> = {
  "vpc-lines": readVpcLines,
  "firehose-records": readFirehoseRecords,
  "firehose-event": readFirehoseEvent,
  "logs-envelope": readLogsEnvelopes,
  "azure-blob": readAzureBlob,
};

/** Reads an input of a kind, step by step. Throws UnreadableInput when it cannot go on; the steps before that are good. */
export function flowSteps(
  kind: FlowInputKind,
  source: ByteSource,
  from: ReadPosition,
  context: ReadContext,
): AsyncGenerator<ReadStep> {
  if (kind !== "vpc-parquet") return READERS[kind](source, from, context);
  if (source instanceof StoredSource) return readVpcParquet(source.stored, from, context);
  throw new UnreadableInput("not-flow-logs", "it is Parquet, whose index is at its end: name the file instead of -");
}
