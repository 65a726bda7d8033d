import { gzipSync } from "node:zlib";
import type { PackedAzureRecord } from "@tributary/flow";
import fc from "fast-check";
import { plainUid } from "./plain-mapping.js";
import { type Content, defaultLine, START, wrapped } from "./transform-event.js";

/** Records as a stream may bring them, and what must become of the flows in them. */
export interface RandomRecords {
  readonly contents: readonly Content[];
  /** `metadata.uid` of every flow that must be delivered, each once. */
  readonly deliverable: readonly string[];
  /** Raw text of every line and tuple that must be parked. */
  readonly parked: readonly string[];
  readonly skipped: number;
}

type LineKind = "good" | "yesterday" | "other-account" | "bad" | "nodata";
const DAY = 86_400;
const SUBSCRIPTION = "12345678-90ab-cdef-1234-567890abcdef";

/** Collects what must become of the flows while their records are written; every flow is one of a kind. */
class Ledger {
  readonly deliverable: string[] = [];
  readonly parked: string[] = [];
  skipped = 0;
  #number = 0;

  line(kind: LineKind): string {
    const bytes = ++this.#number;
    switch (kind) {
      case "good":
        return this.#good(defaultLine({ bytes }));
      case "yesterday":
        return this.#good(defaultLine({ bytes, start: START - DAY }));
      case "other-account":
        return this.#good(defaultLine({ bytes, account: "210987654321" }));
      case "bad": {
        const line = defaultLine({ bytes }).replace("10.0.1.5", "10.0.1.555");
        this.parked.push(line);
        return line;
      }
      case "nodata":
        this.skipped++;
        return `2 123456789012 eni-${bytes} - - - - - - - ${START} ${START + 60} - NODATA`;
    }
  }

  tuple(kind: "good" | "bad", where: string): string {
    const bytes = ++this.#number;
    const tuple = `${START * 1000},10.20.0.4,198.51.100.7,50000,443,6,O,E,NX,1,${bytes},3,4`;
    if (kind === "bad") {
      this.parked.push(`${tuple},5`);
      return `${tuple},5`;
    }
    this.deliverable.push(plainUid(`${where} ${tuple}`));
    return tuple;
  }

  #good(line: string): string {
    this.deliverable.push(plainUid(line));
    return line;
  }
}

const lineKind = fc.oneof(
  { weight: 8, arbitrary: fc.constant<LineKind>("good") },
  { weight: 1, arbitrary: fc.constantFrom<LineKind>("yesterday", "other-account", "bad", "nodata") },
);
const lines = (most: number) => fc.array(lineKind, { minLength: 1, maxLength: most });

const recordKind = fc.oneof(
  { weight: 6, arbitrary: lineKind.map((kind) => ({ of: "line" as const, kind })) },
  { weight: 2, arbitrary: lines(12).map((kinds) => ({ of: "lines" as const, kinds })) },
  { weight: 2, arbitrary: lines(40).map((kinds) => ({ of: "envelope" as const, kinds })) },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.oneof(
          { weight: 9, arbitrary: fc.constant<"good">("good") },
          { weight: 1, arbitrary: fc.constant<"bad">("bad") },
        ),
        {
          minLength: 1,
          maxLength: 12,
        },
      )
      .map((kinds) => ({ of: "azure" as const, kinds })),
  },
  { weight: 1, arbitrary: fc.constantFrom({ of: "control" as const }, { of: "garbage" as const }) },
);

type RecordKind = typeof recordKind extends fc.Arbitrary<infer K> ? K : never;

function contentOf(kind: RecordKind, index: number, ledger: Ledger): Content {
  switch (kind.of) {
    case "line":
      return wrapped(ledger.line(kind.kind));
    case "lines":
      return kind.kinds.map((one) => ledger.line(one)).join("\n");
    case "envelope": {
      const logEvents = kind.kinds.map((one, at) => ({
        id: `${index}.${at}`,
        timestamp: START * 1000,
        message: ledger.line(one),
      }));
      return gzipSync(
        JSON.stringify({
          messageType: "DATA_MESSAGE",
          owner: "123456789012",
          logGroup: "g",
          logStream: "s",
          logEvents,
        }),
      );
    }
    case "azure": {
      const blob = `flowlogresourceid=/${SUBSCRIPTION}_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json`;
      const record: PackedAzureRecord = {
        tributary: { v: 1, kind: "azure" },
        blob,
        offset: index,
        header: { layout: "vnet-v4", time: "2026-04-02T18:31:50.1234567Z" },
        groups: [
          {
            flow: 0,
            group: 0,
            first: 3,
            rule: "PlatformRule",
            tuples: kind.kinds.map((one, at) => ledger.tuple(one, `${blob}@${index}/0/0/${3 + at}`)),
          },
        ],
      };
      return JSON.stringify(record);
    }
    case "control":
      ledger.skipped++;
      return gzipSync(
        JSON.stringify({ messageType: "CONTROL_MESSAGE", logEvents: [{ id: "", timestamp: 0, message: "check" }] }),
      );
    case "garbage":
      ledger.parked.push(`{"garbage":${index}}`);
      return `{"garbage":${index}}`;
  }
}

/** Records of all kinds, mostly good. */
export const randomRecords: fc.Arbitrary<RandomRecords> = fc
  .array(recordKind, { minLength: 1, maxLength: 30 })
  .map((kinds) => {
    const ledger = new Ledger();
    const contents = kinds.map((kind, index) => contentOf(kind, index, ledger));
    return { contents, deliverable: ledger.deliverable, parked: ledger.parked, skipped: ledger.skipped };
  });
