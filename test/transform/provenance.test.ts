import { packAzureRecord, packLineBatch } from "@tributary/delivery";
import { type LineBatch, type PackedAzureRecord, packLines, VpcFormat } from "@tributary/flow";
import { documentBytes, lineProvenance, provenanceBytes, tupleProvenance } from "@tributary/ocsf";
import { INPUT_PER_OUTPUT, packedDocumentBudget, type Transformation } from "@tributary/transform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { packedAzureRecord } from "../support/azure-arbitraries.js";
import { schemaProblems } from "../support/document-schema.js";
import { plainAzureDocument, plainVpcDocument } from "../support/plain-mapping.js";
import { runUntilQuiet } from "../support/stream-loop.js";
import {
  allDocuments,
  defaultLine,
  event,
  type OcsfDocument,
  only,
  START,
  transformOnce,
} from "../support/transform-event.js";
import { format, lineOf } from "../support/vpc-arbitraries.js";

const SOURCE = "s3://logs/AWSLogs/111122223333/vpcflowlogs/eu-central-1/2026/04/02/flows.log.gz";
const BUDGET = 5_500_000;
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const unmappedOf = (document: OcsfDocument): OcsfDocument => document.unmapped as OcsfDocument;

/** Any text that may be the name of an object, up to S3's 1,024 bytes: quotes, control characters, halves of surrogate pairs. */
const name = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 256 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
  fc.constantFrom('it\'s "quoted"\\', "\u0001\n\r\t\u001f", "\ud800", "é".repeat(512), "𝒻".repeat(256), "</script>"),
);

const runs = format.chain((fields) =>
  fc.record({
    fields: fc.constant(fields),
    lines: fc.array(lineOf(fields), { minLength: 1, maxLength: 5 }),
    source: name,
    first: fc.nat(),
    sourceLine: fc.option(fc.nat(), { nil: undefined }),
  }),
);

describe("lines that name their source", () => {
  it("give the documents of the plain mapping, each with its source and line, also over put-backs", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ({ fields, lines, source, first, sourceLine }) => {
        const delivery = { account: "999988887777", region: "eu-central-1", time: START * 1000 } as const;
        const batch: LineBatch = {
          ...delivery,
          timeBasis: "file-name",
          key: "k",
          fields: VpcFormat.of(fields).fields.join(" "),
          ids: lines.map((_, index) => first + index),
          lines,
          source,
          ...(sourceLine === undefined ? {} : { sourceLine }),
        };
        const { documents, parked, skipped } = await runUntilQuiet([packLines(batch)]);
        expect(documents.length + parked.length + skipped).toBe(lines.length);
        const plain = lines.map((line, index) => {
          const at = first + index;
          const place = { timeBasis: "file-name", position: `k#${at}`, source, sourceLine: sourceLine ?? at };
          return asJson(plainVpcDocument(line, fields, { ...delivery, ...place }) ?? null);
        });
        for (const document of documents) {
          expect(plain).toContainEqual(document);
          expect(orderProblems(document)).toEqual([]);
          expect(schemaProblems(document)).toEqual([]);
          compared++;
        }
      }),
      { seed: 20260470, numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it("say the id of a line that has no number", async () => {
    const batch = {
      key: "logs:group:stream",
      ids: ['3719"1', "3719.2"],
      lines: [defaultLine(), defaultLine({ bytes: 1 })],
    };
    const done = await transformOnce(event(packLines({ ...batch, source: SOURCE })));
    expect(allDocuments(done).map((document) => unmappedOf(document).source_line)).toEqual(['3719"1', "3719.2"]);
  });

  it("keep it when a record that is too large is put back in pieces", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => defaultLine({ bytes: index }));
    const batch = { key: "k", ids: lines.map((_, index) => 100 + index), lines, source: SOURCE };
    const { documents, putBack } = await runUntilQuiet([packLines(batch)], {
      overrides: { responseBudgetBytes: 60_000 },
    });
    expect(putBack.length).toBeGreaterThan(1);
    const places = documents.map((document) => `${unmappedOf(document).source}#${unmappedOf(document).source_line}`);
    expect(places.sort()).toEqual(lines.map((_, index) => `${SOURCE}#${100 + index}`));
  });

  it("cannot say it for themselves in fields of these names", async () => {
    const fields = "interface-id srcaddr dstaddr srcport dstport protocol start end source source-line account-id";
    const line = `eni-1 10.0.0.1 10.0.0.2 1 2 6 ${START} ${START + 59} elsewhere 99 123456789012`;
    const batch = { key: "k", fields, ids: [7], lines: [line] };
    const unmapped = async (content: LineBatch) =>
      unmappedOf(only(allDocuments(await transformOnce(event(packLines(content))))));
    expect(await unmapped(batch)).toMatchObject({ source: "elsewhere", source_line: "99" });
    expect(await unmapped({ ...batch, source: SOURCE })).toMatchObject({
      source: SOURCE,
      source_line: "7",
      log_source: "elsewhere",
      log_source_line: "99",
    });
  });

  it("are the documents of lines without it, but for its two keys", async () => {
    const batch = { key: "k", ids: [7, 8], lines: [defaultLine(), defaultLine({ bytes: 9 })] };
    const [without, named] = await Promise.all([
      transformOnce(event(packLines(batch))),
      transformOnce(event(packLines({ ...batch, source: SOURCE }))),
    ]);
    const stripped = allDocuments(named).map((document) => {
      const { source: _source, source_line: _line, ...unmapped } = unmappedOf(document);
      return { ...document, unmapped };
    });
    expect(stripped).toEqual(allDocuments(without));
    expect(allDocuments(named).every((document) => "source" in unmappedOf(document))).toBe(true);
  });
});

describe("Azure tuples that name their source", () => {
  it("give the documents of the plain mapping, each with its source, byte or line, and tuple", async () => {
    const sources = fc.record({ record: packedAzureRecord, source: name, sourceLine: fc.option(fc.nat()) });
    await fc.assert(
      fc.asyncProperty(sources, async ({ record, source, sourceLine }) => {
        const packed: PackedAzureRecord = { ...record, source, ...(sourceLine === null ? {} : { sourceLine }) };
        const done = await transformOnce(event(JSON.stringify(packed)), { window: { pastDays: 1, futureDays: 1 } });
        const plain = packed.groups.flatMap((group) =>
          group.tuples.map((_, at) => plainAzureDocument(packed, group, at)),
        );
        const documents = allDocuments(done);
        expect(documents).toEqual(asJson(plain));
        for (const document of documents) expect(schemaProblems(document)).toEqual([]);
      }),
      { seed: 20260471, numRuns: 200 },
    );
  });

  it("keep it when a record is put back in pieces", async () => {
    const tuples = Array.from(
      { length: 40 },
      (_, index) => `${START * 1000},10.20.0.4,198.51.100.7,${index},443,6,O,E,NX,1,2,3,4`,
    );
    const record: PackedAzureRecord = {
      tributary: { v: 1, kind: "azure" },
      blob: "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json",
      offset: 1234,
      source: SOURCE,
      header: { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" },
      groups: [{ flow: 1, group: 2, first: 5, rule: "PlatformRule", tuples }],
    };
    const overrides = { responseBudgetBytes: 60_000 };
    const { documents, putBack } = await runUntilQuiet([JSON.stringify(record)], { overrides });
    expect(putBack.length).toBeGreaterThan(1);
    const found = documents.map(unmappedOf);
    expect(new Set(found.map(({ source, source_byte }) => `${source}@${source_byte}`))).toEqual(
      new Set([`${SOURCE}@1234`]),
    );
    const places = found.map(({ source_tuple }) => String(source_tuple));
    expect(places.sort()).toEqual(tuples.map((_, index) => `1/2/${5 + index}`).sort());
  });
});

/** A name of 1,024 bytes, three times as long in a document. */
const long = `s3://bucket/${"ä".repeat(506)}`;

describe("packing of what names its source", () => {
  it("counts its bytes: records stay within their share of the answer", async () => {
    const lines = Array.from({ length: 400 }, (_, index) => defaultLine({ bytes: index }));
    const batch = { key: "k", ids: lines.map((_, index) => index), lines, source: long };
    let records = 0;
    for (const packing of packLineBatch(batch, BUDGET)) {
      if (packing.kind === "parked") throw new Error(packing.parked.message);
      const done = await transformOnce(event(packing.data));
      expect(expandedBytes(done)).toBeLessThanOrEqual(packedDocumentBudget(BUDGET));
      expect(Buffer.byteLength(packing.data)).toBeGreaterThanOrEqual(INPUT_PER_OUTPUT * answerBytes(done));
      records++;
    }
    expect(records).toBeGreaterThan(8);
  });

  it("counts its bytes for tuples too", async () => {
    const tuples = Array.from(
      { length: 400 },
      (_, index) => `${START * 1000},10.20.0.4,198.51.100.7,${index},443,6,O,E,NX,1,2,3,4`,
    );
    const blob =
      "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json";
    const header = { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" } as const;
    const groups = [{ flow: 0, group: 0, first: 0, rule: "PlatformRule", tuples }];
    const limits = { responseBudgetBytes: BUDGET, documentBytes };
    let records = 0;
    for (const packing of packAzureRecord({ blob, offset: 12, source: long, header, groups }, limits)) {
      if (packing.kind === "parked") throw new Error(packing.parked.message);
      const done = await transformOnce(event(packing.data));
      expect(unmappedOf(allDocuments(done)[0] ?? {}).source).toBe(long);
      expect(expandedBytes(done)).toBeLessThanOrEqual(packedDocumentBudget(BUDGET));
      expect(Buffer.byteLength(packing.data)).toBeGreaterThanOrEqual(INPUT_PER_OUTPUT * answerBytes(done));
      records++;
    }
    expect(records).toBeGreaterThan(8);
  });

  it("counts its bytes for tuples that are put back", async () => {
    const tuples = Array.from(
      { length: 400 },
      (_, index) => `${START * 1000},10.20.0.4,198.51.100.7,${index},443,6,O,E,NX,1,2,3,4`,
    );
    const record: PackedAzureRecord = {
      tributary: { v: 1, kind: "azure" },
      blob: "flowlogresourceid=/12345678-90ab-cdef-1234-567890abcdef_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json",
      offset: 0,
      source: long,
      header: { layout: "vnet-v4", time: "2026-04-02T18:31:50Z" },
      groups: [{ flow: 0, group: 0, first: 0, rule: "PlatformRule", tuples }],
    };
    const { putBack } = await runUntilQuiet([JSON.stringify(record)], {
      overrides: { responseBudgetBytes: 1_000_000 },
    });
    expect(putBack.length).toBeGreaterThan(4);
    for (const { data } of putBack) {
      const done = await transformOnce(event(data));
      expect(Buffer.byteLength(data)).toBeGreaterThanOrEqual(INPUT_PER_OUTPUT * answerBytes(done));
    }
  });

  it("never underestimates what it adds", () => {
    fc.assert(
      fc.property(name, fc.maxSafeNat(), (source, at) => {
        const [line, tuple] = [lineProvenance(source, at), tupleProvenance(source, place(at))];
        expect(Math.max(line.length, tuple.length)).toBeLessThanOrEqual(provenanceBytes(source));
      }),
      { seed: 20260472 },
    );
    expect(provenanceBytes(undefined)).toBe(0);
  });
});

const place = (offset: number) => ({ offset, sourceLine: undefined, flow: 99_999, group: 99_999, tuple: 9_999_999 });

/** Bytes of the documents, and of the base64 that they are answered as. */
function expandedBytes({ response }: Transformation): number {
  return response.records.reduce((sum, { data }) => sum + Buffer.from(data, "base64").length, 0);
}
function answerBytes({ response }: Transformation): number {
  return response.records.reduce((sum, { data }) => sum + data.length, 0);
}
