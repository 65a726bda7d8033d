import assert from "node:assert/strict";
import { type FlowContext, FlowExplainer, inventoriesOf, readDescriptions } from "@tributary/context";
import { VPC_FIELDS } from "@tributary/flow";
import { DEFAULT_SETTINGS, FlowTransform, type TransformationEvent } from "@tributary/transform";
import { inventoryFiles } from "../../packages/cli/src/sample/inventory-writer.js";
import { SAMPLE_END } from "../../packages/cli/src/sample/write-sample.js";
import { fullNetworkLine, LARGE, largeNetwork, networkTraffic } from "../support/large-network.js";
import { plainAzureRecord, plainVpcRecord } from "../support/plain-mapping.js";
import { flowRecords } from "./flow-records.js";
import { median, medianRatio, type Pace, takeTurns } from "./rounds.js";

/** One kind of input on one core. Paces are flows per second. */
export interface TransformCase {
  readonly name: string;
  /** Medians over the rounds; ratios are the medians of each round's own. */
  readonly flowsPerSecond: number;
  readonly floorFlowsPerSecond: number;
  readonly ratioToFloor: number;
  readonly atobFloorFlowsPerSecond: number;
  readonly ratioToAtobFloor: number;
  readonly plainFlowsPerSecond: number;
  readonly ratioToPlain: number;
  /** The same from the fastest round of each. */
  readonly best: {
    readonly flowsPerSecond: number;
    readonly floorFlowsPerSecond: number;
    readonly ratioToFloor: number;
    readonly atobFloorFlowsPerSecond: number;
    readonly ratioToAtobFloor: number;
    readonly plainFlowsPerSecond: number;
    readonly ratioToPlain: number;
  };
  readonly flows: number;
  /** Bytes per flow before base64. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What Firehose hands over at once with the processing buffer that the stack sets: 0.2 MB before base64. */
const EVENT_BYTES = 200_000;
/** How many records of each case are looked at before anything is timed. */
const COMPARED = 200;

type PlainRecord = (data: string, position: string) => string;

/** The transformation against its floor and against the plain mapping of test/support/plain-mapping.ts. */
export async function transformBench(): Promise<{ readonly transform: readonly TransformCase[] }> {
  const records = await flowRecords();
  const network = networkRecords();
  const line =
    (fields: number, context?: FlowContext): PlainRecord =>
    (data, position) =>
      plainVpcRecord(data, VPC_FIELDS.slice(0, fields), { position, ...(context === undefined ? {} : { context }) });
  const cases: readonly Case[] = [
    { name: "VPC, 29 fields, one line per record", records: records.allFields, plain: line(29) },
    { name: "VPC, default 14 fields, one line per record", records: records.defaultFields, plain: line(14) },
    { name: "Azure, packed records", records: records.azure, plain: plainAzureRecord },
    {
      name: "VPC, 29 fields, explained by an inventory of 5,000 interfaces and 1,000 groups",
      records: records.allFields,
      plain: line(29, network.context),
      context: network.context,
    },
    {
      name: "VPC, default 14 fields, explained by the same inventory",
      records: records.defaultFields,
      plain: line(14, network.context),
      context: network.context,
    },
    {
      name: "VPC, 29 fields, flows spread evenly over all 5,000 interfaces",
      records: network.records,
      plain: line(29, network.context),
      context: network.context,
    },
  ];
  const transform: TransformCase[] = [];
  for (const one of cases) transform.push(await measure(one));
  return { transform };
}

interface Case {
  readonly name: string;
  /** The content of its records. */
  readonly records: readonly string[];
  readonly plain: PlainRecord;
  readonly context?: FlowContext;
}

const NETWORK_FLOWS = 16_000;
const DAY_MS = 86_400_000;

/** An inventory of the sample and of a large network beside it, and traffic spread evenly over the latter, which is the least kind to caches. */
function networkRecords() {
  const network = largeNetwork(LARGE);
  const sample = inventoriesOf(readDescriptions(inventoryFiles().map(({ path, text }) => ({ name: path, text }))), {
    collectedAt: SAMPLE_END.getTime() - DAY_MS,
  });
  const start = SAMPLE_END.getTime() / 1000 - 1200;
  const records = networkTraffic(network, NETWORK_FLOWS).map((flow, index) =>
    JSON.stringify({ message: fullNetworkLine(flow, start + (index % 600)) }),
  );
  return { records, context: new FlowExplainer([...sample, network]) };
}

function eventsOf(contents: readonly string[]): TransformationEvent[] {
  const events: { records: { recordId: string; approximateArrivalTimestamp: number; data: string }[] }[] = [];
  let room = 0;
  for (const [index, content] of contents.entries()) {
    if (content.length > room || events.length === 0) {
      events.push({ records: [] });
      room = EVENT_BYTES;
    }
    room -= content.length;
    events.at(-1)?.records.push({
      // As long as Firehose's own.
      recordId: `49546986683135544286507457936321625675700192471156785154${index}`,
      approximateArrivalTimestamp: SAMPLE_END.getTime(),
      data: Buffer.from(content).toString("base64"),
    });
  }
  return events.map(({ records }) => ({
    invocationId: "bench",
    deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/flows",
    region: "eu-central-1",
    records,
  }));
}

async function measure({ name, records, plain, context }: Case): Promise<TransformCase> {
  const events = eventsOf(records);
  const transform = new FlowTransform(
    { ...DEFAULT_SETTINGS, ...(context === undefined ? {} : { context }) },
    {
      put: () => Promise.reject(new Error("every event must fit its response")),
    },
  );
  const documents: (readonly Buffer[])[] = [];
  const flows: number[] = [];
  for (const event of events) {
    const { response, report } = await transform.transform(event);
    assert.equal(
      report.delivered,
      report.read,
      "a flow that is not delivered would make the transformation look faster",
    );
    flows.push(report.delivered);
    documents.push(response.records.map(({ data }) => Buffer.from(data, "base64")));
  }
  compare(events, documents, plain);

  const dataOf = (batch: number) => events[batch]?.records.map(({ data }) => data) ?? [];
  const batches = events.map((event, batch) => {
    const outputs = documents[batch] ?? [];
    return { event, inputs: dataOf(batch), outputs, texts: outputs.map((output) => output.toString("latin1")) };
  });
  const at = (batch: number) => batches[batch] ?? { event: undefined, inputs: [], outputs: [], texts: [] };
  // A response goes out when its batch is complete, so that whoever answers must hold all of its text until then. All contestants do.
  const paces = await takeTurns(
    {
      transform: {
        run: (batch) => {
          const { event } = at(batch);
          return event === undefined ? undefined : transform.transform(event);
        },
      },
      // The least that any transformation does: input decoded, output encoded.
      floor: {
        run: (batch) => {
          const { inputs, outputs } = at(batch);
          return outputs.map((output, index) => {
            Buffer.from(inputs[index] ?? "", "base64");
            return output.toString("base64");
          });
        },
      },
      atobFloor: {
        run: (batch) => {
          const { inputs, texts } = at(batch);
          return texts.map((output, index) => {
            atob(inputs[index] ?? "");
            return btoa(output);
          });
        },
      },
      plain: { run: (batch) => at(batch).event?.records.map(({ data, recordId }) => plain(data, recordId)) },
    },
    flows,
  );
  const total = flows.reduce((sum, count) => sum + count, 0);
  const bytes = (buffers: readonly Buffer[]) => buffers.reduce((sum, { length }) => sum + length, 0);
  const input = batches.flatMap(({ inputs }) => inputs.map((data) => Buffer.from(data, "base64")));
  return {
    name,
    ...summary(paces, (pace) => median(pace.rounds), medianRatio),
    best: summary(paces, fastest, (a, b) => fastest(a) / fastest(b)),
    flows: total,
    bytesIn: Math.round(bytes(input) / total),
    bytesOut: Math.round(bytes(documents.flat()) / total),
  };
}

function fastest(pace: Pace): number {
  return Math.max(...pace.rounds);
}

function summary(
  paces: Readonly<Record<"transform" | "floor" | "atobFloor" | "plain", Pace>>,
  paceOf: (pace: Pace) => number,
  ratioOf: (a: Pace, b: Pace) => number,
) {
  const { transform, floor, atobFloor, plain } = paces;
  const ratio = (other: Pace) => Math.round(ratioOf(transform, other) * 1000) / 1000;
  return {
    flowsPerSecond: Math.round(paceOf(transform)),
    floorFlowsPerSecond: Math.round(paceOf(floor)),
    ratioToFloor: ratio(floor),
    atobFloorFlowsPerSecond: Math.round(paceOf(atobFloor)),
    ratioToAtobFloor: ratio(atobFloor),
    plainFlowsPerSecond: Math.round(paceOf(plain)),
    ratioToPlain: ratio(plain),
  };
}

/** Throws unless the plain mapping gives the same documents: only equal work can be compared. */
function compare(
  events: readonly TransformationEvent[],
  documents: readonly (readonly Buffer[])[],
  plain: PlainRecord,
): void {
  const parsed = (text: Buffer) =>
    text
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  const records = events.flatMap((event, batch) =>
    event.records.map((record, index) => ({ record, output: documents[batch]?.[index] ?? Buffer.alloc(0) })),
  );
  for (const { record, output } of records.slice(0, COMPARED)) {
    assert.deepEqual(parsed(Buffer.from(plain(record.data, record.recordId), "base64")), parsed(output));
  }
}
