import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { S3Buckets } from "../../packages/cli/src/s3/s3-buckets.js";
import type { S3Object } from "../../packages/cli/src/s3/s3-object.js";
import { bucketsOn, storeOn, stubAwsEnvironment } from "../support/s3-reader.js";
import { type S3Fault, S3Service } from "../support/s3-service.js";

const PATH = "s3://logs/a/flows.log";
const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));

let s3: S3Service;
let buckets: S3Buckets;
beforeEach(async () => {
  stubAwsEnvironment();
  s3 = await S3Service.start();
  buckets = bucketsOn(s3);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await buckets.destroy();
  await s3.close();
});

async function read(object: S3Object, from = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of object.stream(from)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Opens the object that lies at the path, and gives what its reading waited for. */
async function opened() {
  const { store, waits } = storeOn(buckets);
  return { object: await store.open(PATH), waits };
}

/** The next connection that is made, once it has closed. */
function nextConnectionClosed(): Promise<void> {
  return new Promise((resolve) => {
    const seen = (message: unknown) => {
      unsubscribe("net.client.socket", seen);
      (message as { readonly socket: Socket }).socket.once("close", () => resolve());
    };
    subscribe("net.client.socket", seen);
  });
}

/** Faults of gets, one for each, then none. */
function faults(...list: readonly (S3Fault | undefined)[]): void {
  let at = 0;
  s3.fault = (method) => (method === "GET" ? list[at++] : undefined);
}

describe("an object", () => {
  it("is opened and read by one call", async () => {
    const etag = s3.put("a/flows.log", CONTENT);
    const { object, waits } = await opened();
    expect(object).toMatchObject({ path: PATH, size: CONTENT.length, etag: etag.replaceAll('"', "") });
    expect((await read(object)).equals(CONTENT)).toBe(true);
    await object.close();
    expect(s3.calls).toEqual(["GET a/flows.log 200"]);
    expect(buckets.requests).toEqual({ list: 0, get: 1, head: 0 });
    expect(waits).toEqual([]);
  });

  it("is read again, from any place, and in pieces", async () => {
    s3.put("a/flows.log", CONTENT);
    const { object } = await opened();
    await read(object);
    expect((await read(object)).equals(CONTENT)).toBe(true);
    expect((await read(object, 150_000)).equals(CONTENT.subarray(150_000))).toBe(true);
    expect((await object.range(10, 20)).equals(CONTENT.subarray(10, 20))).toBe(true);
    expect((await object.range(199_990, 300_000)).equals(CONTENT.subarray(199_990))).toBe(true);
    expect(await read(object, CONTENT.length)).toEqual(Buffer.alloc(0));
    expect(s3.ranges).toEqual([
      undefined,
      "bytes=0-199999",
      "bytes=150000-199999",
      "bytes=10-19",
      "bytes=199990-199999",
    ]);
    await object.close();
  });

  it("may be empty", async () => {
    s3.put("a/flows.log", "");
    const { object } = await opened();
    expect(object.size).toBe(0);
    expect(await read(object)).toEqual(Buffer.alloc(0));
    await object.close();
  });

  it("may have any key", async () => {
    for (const key of ["a b+c%20d&é日本?x#y.log", "x//../y.log", "/z.log"]) {
      s3.put(key, key);
      const object = await storeOn(buckets).store.open(`s3://logs/${key}`);
      expect((await read(object)).toString()).toBe(key);
    }
  });

  it("need not be read to its end", async () => {
    s3.put("a/flows.log", Buffer.alloc(8_000_000));
    const { object } = await opened();
    for await (const chunk of object.stream(0)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await object.close();
    const unread = (await opened()).object;
    await unread.close();
    expect(s3.ranges).toEqual([undefined, undefined]);
  });
});

describe("a transfer that breaks off", () => {
  it("is continued where it stopped, on condition that the object is the same", async () => {
    const etag = s3.put("a/flows.log", CONTENT);
    const conditions: unknown[] = [];
    s3.fault = (_, __, { headers }) => {
      conditions.push(headers["if-match"]);
      return conditions.length < 3 ? { breakAfter: 60_000 } : undefined;
    };
    const { object, waits } = await opened();
    expect((await read(object)).equals(CONTENT)).toBe(true);
    expect(conditions).toEqual([undefined, etag, etag]);
    expect(s3.ranges[0]).toBeUndefined();
    expect(s3.ranges.slice(1)).toEqual([
      expect.stringMatching(/^bytes=[1-9]\d*-199999$/),
      expect.stringMatching(/^bytes=[1-9]\d*-199999$/),
    ]);
    expect(waits).toEqual([200, 200]);
  });

  it("is continued when the body is shorter than the object and seems complete", async () => {
    s3.put("a/flows.log", CONTENT);
    faults(undefined, { endAfter: 1000 });
    const { object } = await opened();
    await read(object);
    expect((await read(object)).equals(CONTENT)).toBe(true);
    expect(s3.ranges).toEqual([undefined, "bytes=0-199999", "bytes=1000-199999"]);
  });

  it("is given up when it breaks off again and again without a byte", async () => {
    s3.put("a/flows.log", CONTENT);
    s3.fault = (_, __, { headers }) => (headers.range === undefined ? { breakAfter: 1000 } : { endAfter: 0 });
    const { object, waits } = await opened();
    await expect(read(object)).rejects.toMatchObject({
      reason: "unreadable",
      message: expect.stringMatching(
        /broke off again and again after 1000 of 200000 bytes.*run the same command again/,
      ),
    });
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000]);
  });

  it("breaks while nobody reads, without harm", async () => {
    s3.put("a/flows.log", CONTENT);
    faults({ breakAfter: 0 });
    const broken = nextConnectionClosed();
    const { object } = await opened();
    await broken;
    expect((await read(object)).equals(CONTENT)).toBe(true);
    expect(s3.calls).toHaveLength(2);
  });

  it("is given up when every connection gives only a few bytes", async () => {
    s3.put("a/flows.log", CONTENT);
    s3.fault = (_, __, { headers }) => (headers.range === undefined ? undefined : { endAfter: 1000 });
    const { object } = await opened();
    await read(object);
    await expect(read(object)).rejects.toMatchObject({
      reason: "unreadable",
      message: expect.stringMatching(/broke off again and again after 11000 of 200000 bytes/),
    });
    expect(s3.calls).toHaveLength(1 + 11);
  });

  it("may break off once more for each megabyte", async () => {
    const size = 20 * 1_048_576;
    s3.put("a/flows.log", Buffer.alloc(size));
    s3.fault = (_, __, { headers }) => (headers.range === undefined ? undefined : { endAfter: size / 30 });
    const { object } = await opened();
    await read(object);
    expect(await read(object)).toHaveLength(size);
  });
});

describe("a store that gives other bytes than it was asked for", () => {
  it.each([
    ["from elsewhere", "bytes=1001-", /\(bytes 1001-199999\/200000 for what begins at byte 1000\): copy it to a disk/],
    ["all of them", undefined, /\(all for what begins at byte 1000\): copy it to a disk/],
  ])("is not believed: %s", async (_, given, message) => {
    s3.put("a/flows.log", CONTENT);
    const { object } = await opened();
    await read(object);
    s3.fault = (_method, _key, { headers }) => {
      if (given === undefined) delete headers.range;
      else headers.range = given;
      return undefined;
    };
    await expect(read(object, 1000)).rejects.toMatchObject({
      reason: "unreadable",
      message: expect.stringMatching(message),
    });
  });
});

describe("an object that changes", () => {
  it("between list and get is read as it is then, and known as that", async () => {
    s3.put("a/flows.log", "old");
    const etag = s3.put("a/flows.log", "new one");
    const { object } = await opened();
    expect(object).toMatchObject({ size: 7, etag: etag.replaceAll('"', "") });
    expect((await read(object)).toString()).toBe("new one");
  });

  it("between get and continuation is not mixed", async () => {
    s3.put("a/flows.log", CONTENT);
    faults({ breakAfter: 1000 });
    const { object } = await opened();
    s3.put("a/flows.log", Buffer.alloc(CONTENT.length));
    await expect(read(object)).rejects.toMatchObject({
      reason: "changed",
      message: expect.stringMatching(/same command again/),
    });
    await expect(object.range(0, 10)).rejects.toMatchObject({ reason: "changed" });
  });

  it("is noticed at a store that looks at no conditions", async () => {
    s3.put("a/flows.log", CONTENT);
    const { object } = await opened();
    await read(object);
    s3.put("a/flows.log", Buffer.alloc(CONTENT.length));
    s3.fault = (_, __, { headers }) => {
      delete headers["if-match"];
      return undefined;
    };
    await expect(read(object)).rejects.toMatchObject({ reason: "changed" });
  });

  it("and is gone is missing", async () => {
    await expect(opened()).rejects.toMatchObject({
      reason: "missing",
      message: expect.stringMatching(/check the key/),
    });
  });
});

describe("an object that may not be read", () => {
  it.each([
    [403, "AccessDenied", /allow s3:GetObject/],
    [403, "InvalidObjectState", /restore it/],
    [400, "InvalidRequest", /the store failed \(InvalidRequest/],
  ])("is a problem of its own: %s %s", async (status, code, message) => {
    s3.put("a/flows.log", CONTENT);
    faults({ status, code });
    await expect(opened()).rejects.toMatchObject({ reason: "unreadable", message: expect.stringMatching(message) });
    expect(s3.calls).toHaveLength(1);
  });
});

describe("a store that is slow", () => {
  it.each([
    [503, "SlowDown"],
    [500, "InternalError"],
  ])("is asked again: %s %s", async (status, code) => {
    s3.put("a/flows.log", CONTENT);
    faults({ status, code }, { status, code });
    const { object } = await opened();
    expect((await read(object)).equals(CONTENT)).toBe(true);
    expect(buckets.requests.get).toBe(3);
  });

  it("is given up after eight calls", async () => {
    s3.put("a/flows.log", CONTENT);
    s3.fault = () => ({ status: 503, code: "SlowDown" });
    await expect(opened()).rejects.toMatchObject({
      reason: "unreadable",
      message: expect.stringMatching(/SlowDown.*later/),
    });
    expect(s3.calls).toHaveLength(8);
  });
});
