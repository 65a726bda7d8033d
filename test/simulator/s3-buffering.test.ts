import { countedNames } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { RecordingDestination } from "./recording-destination.js";
import { EchoProcessor, newStream, record, START } from "./stream-factory.js";

describe("the S3 buffer", () => {
  it("delivers when its bytes are reached, counted on decoded output", async () => {
    const { stream, destination } = newStream({ s3: { bufferBytes: 4 } });
    stream.putRecordBatch([record("aa"), record("b"), record("cc"), record("d")]);
    await stream.tick();
    expect(destination.objects.map(({ text, bytes, records }) => ({ text, bytes, records }))).toEqual([
      { text: "aabcc", bytes: 5, records: 3 },
    ]);
  });

  it("delivers when its first record has waited for the interval, not before", async () => {
    const { stream, clock, destination } = newStream({ s3: { bufferSeconds: 300 } });
    stream.putRecordBatch([record("a")]);
    clock.advance(299_999);
    stream.putRecordBatch([record("b")]);
    await stream.tick();
    expect(destination.objects).toEqual([]);
    clock.advance(1);
    await stream.tick();
    expect(destination.text).toBe("ab");
  });

  it("delivers each buffer at its own due time, however far the clock jumps", async () => {
    const { stream, clock, destination } = newStream({
      processor: new EchoProcessor({ bufferSeconds: 60 }),
      s3: { bufferSeconds: 300 },
    });
    stream.putRecordBatch([record("a")]);
    clock.advance(86_400_000);
    await stream.tick();
    expect(destination.objects[0]?.deliveredAt).toBe(START + 360_000);
  });

  it("keeps a record that comes after the interval out of the object that was due, though nobody ticked", async () => {
    const { stream, clock, destination } = newStream({ s3: { bufferSeconds: 300 } });
    stream.putRecordBatch([record("a")]);
    clock.advance(400_000);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([
      ["a", 300_000],
      ["b", 400_000],
    ]);
  });

  it("lets no record wait longer than both intervals together", async () => {
    const waits: number[] = [];
    const { stream, clock } = newStream({
      processor: new EchoProcessor({ bufferSeconds: 60 }),
      s3: { bufferSeconds: 300 },
      onDelivered: (origin, deliveredAt) => waits.push(deliveredAt - origin.arrivedAt),
    });
    for (let put = 0; put < 100; put++) {
      stream.putRecordBatch([record("x")]);
      clock.advance(7_000);
      if (put % 30 === 0) await stream.tick();
    }
    clock.advance(360_000);
    await stream.tick();
    expect(waits).toHaveLength(100);
    expect(Math.max(...waits)).toBeLessThanOrEqual(360_000);
    expect(stream.measurements.freshnessMs.max).toBe(Math.max(...waits));
  });

  it("advances to a given time without the clock, and puts arrive no earlier from then on", async () => {
    const { stream, destination } = newStream({ s3: { bufferSeconds: 300 } });
    stream.putRecordBatch([record("a")]);
    expect(stream.nextDueAt()).toBe(START + 300_000);
    await stream.advanceTo(START + 1_000_000);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(destination.objects.map(({ text, deliveredAt }) => [text, deliveredAt - START])).toEqual([
      ["a", 300_000],
      ["b", 1_000_000],
    ]);
    expect(stream.nextDueAt()).toBeUndefined();
  });
});

describe("an object's key", () => {
  const keys = async (options: Parameters<typeof newStream>[0]) => {
    const { stream, destination } = newStream(options);
    stream.putRecordBatch([record("a"), record("b")]);
    await stream.drain();
    return destination.objects.map(({ key }) => key);
  };

  it("is prefix, stream, version, arrival of the oldest record and uuid", async () => {
    expect(await keys({ prefix: "p/" })).toEqual([
      "p/2026/03/04/05/flows-1-2026-03-04-05-06-07-00000000-0000-4000-8000-000000000001",
    ]);
  });

  it("ends in the converter's extension", async () => {
    expect((await keys({ conversion: { extension: ".parquet" } }))[0]).toMatch(/-000000000001\.parquet$/);
  });

  it("is the same in every run, and differs within one", async () => {
    const options = { s3: { bufferBytes: 1 } };
    const first = await keys(options);
    expect(new Set(first).size).toBe(2);
    expect(await keys(options)).toEqual(first);
  });

  it("differs between runs of different series", async () => {
    const [first] = await keys({ names: countedNames(1) });
    const [second] = await keys({ names: countedNames(2) });
    expect(first).not.toBe(second);
  });

  it("has the hour of the oldest record, even when a put-back of a later hour shares the object", async () => {
    const { stream, clock, destination } = newStream({ s3: { bufferSeconds: 900 } });
    clock.set(Date.UTC(2026, 2, 4, 5, 59, 59));
    stream.putRecordBatch([record("a")]);
    clock.advance(10_000);
    stream.putRecordBatch([record("b")]);
    await stream.drain();
    expect(destination.objects[0]?.key).toMatch(/^2026\/03\/04\/05\/flows-1-2026-03-04-05-59-59-/);
  });
});

describe("back-pressure", () => {
  it("holds producers back while objects are being closed, and lets them go on after", async () => {
    let openGate = () => {};
    const gate = new Promise<void>((resolve) => {
      openGate = resolve;
    });
    const destination = new RecordingDestination({ gate: () => gate });
    const { stream } = newStream({ destination, s3: { bufferBytes: 1 }, pendingLimit: 2 });
    stream.putRecordBatch([record("a")]);
    await stream.ready();
    stream.putRecordBatch([record("b")]);
    let free = false;
    const ready = stream.ready().then(() => {
      free = true;
    });
    for (let turn = 0; turn < 50; turn++) await undefined;
    expect(free).toBe(false);
    openGate();
    await ready;
    expect(free).toBe(true);
  });

  it("keeps at most pendingLimit batches waiting for a producer that awaits ready", async () => {
    let invoked = 0;
    let most = 0;
    let put = 0;
    const { stream } = newStream({
      pendingLimit: 3,
      processor: {
        bufferBytes: 1,
        async invoke(event) {
          most = Math.max(most, put - invoked);
          for (let turn = 0; turn < 10; turn++) await undefined;
          invoked++;
          return { records: event.records.map(({ recordId, data }) => ({ recordId, result: "Ok", data })) };
        },
      },
    });
    for (; put < 50; put++) {
      await stream.ready();
      stream.putRecordBatch([record("x")]);
    }
    await stream.drain();
    expect(invoked).toBe(50);
    expect(most).toBeLessThanOrEqual(3);
  });

  it.each([1, 3])("closes at most %i objects at once", async (deliveryConcurrency) => {
    const turns = async () => {
      for (let turn = 0; turn < 5; turn++) await undefined;
    };
    const destination = new RecordingDestination({ gate: turns });
    const { stream } = newStream({ destination, deliveryConcurrency, s3: { bufferBytes: 1 } });
    stream.putRecordBatch([..."abcdefgh"].map((letter) => record(letter)));
    await stream.drain();
    expect(destination.mostClosing).toBe(deliveryConcurrency);
    expect([...destination.text].sort().join("")).toBe("abcdefgh");
  });

  it("reports a destination that fails to everyone who waits or puts", async () => {
    const failing = new RecordingDestination({ gate: () => Promise.reject(new Error("disk full")) });
    const { stream } = newStream({
      destination: failing,
      processor: new EchoProcessor({ bufferBytes: 1 }),
      s3: { bufferBytes: 1 },
    });
    stream.putRecordBatch([record("a"), record("b")]);
    await expect(stream.drain()).rejects.toThrow("disk full");
    await expect(stream.ready()).rejects.toThrow("disk full");
    await expect(stream.tick()).rejects.toThrow("disk full");
    expect(() => stream.putRecordBatch([record("c")])).toThrow("disk full");
  });

  it("reports a destination that cannot take a record", async () => {
    const { stream, destination } = newStream({ processor: new EchoProcessor({ bufferBytes: 1 }) });
    destination.open = () => {
      throw new Error("no space for a new file");
    };
    stream.putRecordBatch([record("a")]);
    await expect(stream.drain()).rejects.toThrow("no space for a new file");
  });
});
