import type { DeliveryStream, Processor } from "@tributary/simulator";
import type { TransformedRecord } from "@tributary/transform";
import fc from "fast-check";
import { expect, it } from "vitest";
import { RecordingDestination } from "./recording-destination.js";
import { BY_ACCOUNT, base64, newStream } from "./stream-factory.js";

/** What the processor makes of a record; `put-back` happens once, then the record is Ok. */
const FATES = ["ok", "ok-elsewhere", "ok-without-keys", "ok-unconvertible", "dropped", "failed", "put-back"] as const;

const put = fc.record({
  records: fc.array(fc.record({ fate: fc.constantFrom(...FATES), bytes: fc.nat(400) }), {
    minLength: 1,
    maxLength: 40,
  }),
  pauseMs: fc.nat(90_000),
  tick: fc.boolean(),
});

const run = fc.record({
  puts: fc.array(put, { maxLength: 12 }),
  processingBytes: fc.integer({ min: 1, max: 4000 }),
  processingSeconds: fc.nat(120),
  s3Bytes: fc.integer({ min: 1, max: 4000 }),
  s3Seconds: fc.nat(400),
  activePartitionLimit: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom("error" as const, "flush-oldest" as const),
  concurrency: fc.integer({ min: 1, max: 3 }),
  deliveryConcurrency: fc.integer({ min: 1, max: 3 }),
  faults: fc.array(fc.boolean(), { maxLength: 12 }),
  throttleEvery: fc.integer({ min: 2, max: 20 }),
});

it("every record put ends in exactly one of delivered, dropped and error output", async () => {
  await fc.assert(
    fc.asyncProperty(run, async (settings) => {
      const accepted = new Map<string, number>();
      const ended = new Map<string, number>();
      const count = (counts: Map<string, number>, tag: string) => counts.set(tag, (counts.get(tag) ?? 0) + 1);

      const faults = [...settings.faults];
      const putBack = new Set<string>();
      const processor: Processor<string> = {
        bufferBytes: settings.processingBytes,
        bufferSeconds: settings.processingSeconds,
        concurrency: settings.concurrency,
        retries: 1,
        async invoke(event, context) {
          // A failed attempt comes before any put-back, so that retries put nothing back twice.
          if (faults.shift()) throw new Error("fault");
          if (settings.concurrency > 1) await undefined;
          const records = event.records.map(({ recordId, data }): TransformedRecord => {
            const tag = context.tagOf(recordId);
            const fate = tag.slice(tag.indexOf(" ") + 1);
            if (fate === "dropped") return { recordId, result: "Dropped", data: "" };
            if (fate === "failed") return { recordId, result: "ProcessingFailed", data };
            if (fate === "put-back" && !putBack.has(tag)) {
              putBack.add(tag);
              const { failedPutCount } = stream.putRecordBatch([{ data, tag }]);
              if (failedPutCount > 0) return { recordId, result: "ProcessingFailed", data };
              count(accepted, tag);
              return { recordId, result: "Dropped", data: "" };
            }
            if (fate === "ok-without-keys") return { recordId, result: "Ok", data };
            const account = fate === "ok-elsewhere" ? `other ${recordId.slice(-1)}` : "own";
            const output = fate === "ok-unconvertible" ? base64("bad") : data;
            return { recordId, result: "Ok", data: output, metadata: { partitionKeys: { account } } };
          });
          return { records };
        },
      };
      const report = (documents: readonly string[]) => ({
        rejected: documents.flatMap((text, index) =>
          text === "bad" ? [{ index, data: Buffer.from(text), code: "c", message: "m" }] : [],
        ),
      });
      let asked = 0;
      const created = newStream({
        ...BY_ACCOUNT,
        processor,
        destination: new RecordingDestination({ report }),
        conversion: { extension: ".parquet" },
        dynamicPartitioning: settings,
        deliveryConcurrency: settings.deliveryConcurrency,
        s3: { bufferBytes: settings.s3Bytes, bufferSeconds: settings.s3Seconds },
        admit: () => ++asked % settings.throttleEvery !== 0,
        onDropped: (origin) => count(ended, origin.tag),
        onDelivered: (origin) => count(ended, origin.tag),
      });
      const stream: DeliveryStream<string> = created.stream;
      const { clock, destination } = created;

      let bytesIn = 0;
      for (const [number, { records, pauseMs, tick }] of settings.puts.entries()) {
        const batch = records.map(({ fate, bytes }, index) => ({
          data: Buffer.alloc(bytes, "x").toString("base64"),
          tag: `${number}/${index} ${fate}`,
        }));
        const { requestResponses } = stream.putRecordBatch(batch);
        for (const [index, entry] of requestResponses.entries()) {
          if ("errorCode" in entry) continue;
          count(accepted, batch[index]?.tag ?? "");
          bytesIn += records[index]?.bytes ?? 0;
        }
        clock.advance(pauseMs);
        if (tick) await stream.tick();
        await stream.ready();
      }
      await stream.drain();
      for (const error of destination.errors) count(ended, error.tag);

      expect(ended).toEqual(accepted);
      const { measurements } = stream;
      const { recordsIn, recordsDelivered, recordsDropped, recordsInError } = measurements;
      expect(recordsDelivered + recordsDropped + recordsInError).toBe(recordsIn);
      expect(recordsInError).toBe(destination.errors.length);
      expect(measurements.bytesIn).toBeGreaterThanOrEqual(bytesIn);
      expect(measurements.activePartitionsMax).toBeLessThanOrEqual(settings.activePartitionLimit);
      expect(stream.nextDueAt()).toBeUndefined();
    }),
    { seed: 4711, numRuns: 300 },
  );
});
