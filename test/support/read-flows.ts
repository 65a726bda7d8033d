import { Parked, parseAzureTuple, readPayload, Skipped, VpcFlow, VpcFormat } from "@tributary/flow";
import type { ByteSource } from "../../packages/cli/src/ingest/byte-source.js";
import type { FlowReader, ReadContext, ReadPosition } from "../../packages/cli/src/ingest/flow-reader.js";
import { type NaiveFlow, naiveFlow } from "./naive-match.js";

/** A flow that a reader gave, and everything that its identity and its row come from. */
export interface ReadFlow {
  readonly identity: string;
  /** Undefined when it cannot be read as a flow. */
  readonly flow: NaiveFlow | undefined;
  readonly isSkipped: boolean;
}

/** What reading an input to its end gives. */
export interface Reading {
  readonly flows: readonly ReadFlow[];
  readonly parked: readonly string[];
  readonly notMatched: number;
  /** Where each step ended. */
  readonly positions: readonly ReadPosition[];
}

const START: ReadPosition = { position: 0, line: 0, details: {} };

/** Content that comes in pieces of the given size. */
export function pieces(content: string | Uint8Array, size: number): ByteSource {
  const bytes = Buffer.from(content);
  return {
    bytesRead: 0,
    async *chunks(from: number) {
      for (let at = from; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}

export async function readAll(
  reader: FlowReader,
  source: ByteSource,
  changes: Partial<ReadContext> = {},
  from: ReadPosition = START,
): Promise<Reading> {
  const context: ReadContext = {
    key: "key",
    path: "/logs/flows.log",
    responseBudgetBytes: 5_500_000,
    contextBytes: 0,
    mayGrow: false,
    onNote: () => undefined,
    ...changes,
  };
  const flows: ReadFlow[] = [];
  const parked: string[] = [];
  const positions: ReadPosition[] = [];
  let notMatched = 0;
  for await (const step of reader(source, from, context)) {
    for (const { data, flows: count } of step.records) {
      const found = flowsOf(data);
      if (found.length !== count) throw new Error(`a record of ${found.length} flows says that it holds ${count}`);
      flows.push(...found);
    }
    parked.push(...step.parked.map((one) => `${one.position} ${one.parked.reason} ${one.parked.raw}`));
    notMatched += step.skipped?.["not-matched"] ?? 0;
    positions.push({ position: step.position, line: step.line, details: step.details });
  }
  return { flows, parked, notMatched, positions };
}

function flowsOf(data: string | Uint8Array): readonly ReadFlow[] {
  const payload = readPayload(Buffer.from(data), { recordId: "record", time: 0 });
  switch (payload.kind) {
    case "lines": {
      const { lines, ids, time, fields = "", ...rest } = payload.batch;
      const format = fields === "" ? undefined : VpcFormat.parse(fields);
      return lines.map((line, index) => {
        const read = format?.parse(line);
        const at = typeof time === "object" ? time[index] : time;
        return {
          identity: JSON.stringify({ ...rest, fields, line, id: ids[index], at }),
          flow: read instanceof VpcFlow ? naiveFlow(read, rest.account) : undefined,
          isSkipped: read instanceof Skipped,
        };
      });
    }
    case "azure": {
      const { groups, header, blob, offset } = payload.record;
      return groups.flatMap(({ tuples, first, ...group }) =>
        tuples.map((text, index) => {
          const tuple = parseAzureTuple(header.layout, text);
          const mac = group.mac ?? header.macAddress;
          const account = /subscriptions\/([^/]+)|\/([0-9a-f-]+)_networkwatcherrg/.exec(blob);
          return {
            identity: JSON.stringify({ header, blob, offset, ...group, index: first + index, text }),
            isSkipped: false,
            flow:
              tuple instanceof Parked
                ? undefined
                : {
                    sources: [tuple.srcIp],
                    destinations: [tuple.dstIp],
                    sourcePort: tuple.srcPort,
                    destinationPort: tuple.dstPort,
                    protocol: tuple.protocol,
                    account: account?.[1] ?? account?.[2],
                    interface: mac,
                    action: tuple.allowed ? "ACCEPT" : "REJECT",
                  },
          };
        }),
      );
    }
    case "skipped":
      return Array.from({ length: payload.count }, () => ({ identity: "skipped", flow: undefined, isSkipped: true }));
    case "parked":
      return [{ identity: `parked ${payload.parked.raw}`, flow: undefined, isSkipped: false }];
  }
}
