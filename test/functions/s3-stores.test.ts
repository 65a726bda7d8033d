import { S3Client } from "@aws-sdk/client-s3";
import { S3SnapshotStore, S3TableObjects } from "@tributary/functions";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { S3Service } from "../support/s3-service.js";

const KEY = "inventory/123456789012/eu-west-1.snapshot";
const NAME = "123456789012/eu-west-1";

let s3: S3Service;
let client: S3Client;
beforeEach(async () => {
  s3 = await S3Service.start();
  client = new S3Client(s3.client);
});
afterEach(async () => {
  client.destroy();
  await s3.close();
});

const snapshots = (limits: { maxBytes?: number; maxSnapshots?: number } = {}) =>
  new S3SnapshotStore(client, { bucket: "inventory-bucket", prefix: "inventory", ...limits });

describe("snapshots in a bucket", () => {
  it("are stored below the prefix, by account and region", async () => {
    expect(await snapshots().write(NAME, Buffer.from("one"), undefined)).toBe(true);
    expect(s3.objects.get(KEY)?.body.toString()).toBe("one");
  });

  it("are read with their version", async () => {
    const etag = s3.put(KEY, "one");
    expect(await snapshots().read(NAME)).toEqual({ etag, bytes: Buffer.from("one") });
  });

  it("are not sent again while they are the same", async () => {
    const etag = s3.put(KEY, "one");
    expect(await snapshots().read(NAME, etag)).toBe("unchanged");
    expect(s3.calls).toEqual([`GET ${KEY} 304`]);
    s3.put(KEY, "two");
    expect(await snapshots().read(NAME, etag)).toMatchObject({ bytes: Buffer.from("two") });
  });

  it("are undefined where there is none", async () => {
    expect(await snapshots().read(NAME)).toBeUndefined();
  });

  it("are created only where there is none", async () => {
    s3.put(KEY, "theirs");
    expect(await snapshots().write(NAME, Buffer.from("ours"), undefined)).toBe(false);
    expect(s3.objects.get(KEY)?.body.toString()).toBe("theirs");
  });

  it("replace exactly the version that was read", async () => {
    const read = s3.put(KEY, "one");
    expect(await snapshots().write(NAME, Buffer.from("two"), read)).toBe(true);
    expect(await snapshots().write(NAME, Buffer.from("three"), read)).toBe(false);
    expect(s3.objects.get(KEY)?.body.toString()).toBe("two");
  });

  it.each([
    ["another conditional write is under way", 409, "ConditionalRequestConflict"],
    ["the version is gone", 404, "NoSuchKey"],
  ] as const)("are not written when %s", async (_, status, code) => {
    s3.fault = () => ({ status, code });
    expect(await snapshots().write(NAME, Buffer.from("two"), '"one"')).toBe(false);
  });

  it.each([
    ["the bucket is missing", 404, "NoSuchBucket"],
    ["access is denied", 403, "AccessDenied"],
    ["S3 fails", 500, "InternalError"],
  ] as const)("fail aloud when %s", async (_, status, code) => {
    s3.fault = () => ({ status, code });
    await expect(snapshots().read(NAME)).rejects.toMatchObject({ name: code });
    await expect(snapshots().write(NAME, Buffer.from("two"), '"one"')).rejects.toMatchObject({ name: code });
    await expect(snapshots().list()).rejects.toMatchObject({ name: code });
  });

  it("are listed over all pages, without what lies beside them", async () => {
    s3.pageSize = 2;
    const etags = ["eu-west-1", "eu-west-2", "us-east-1"].map((region) =>
      s3.put(`inventory/123456789012/${region}.snapshot`, region),
    );
    s3.put("inventory/readme.txt", "no snapshot");
    s3.put("inventory-old/123456789012/eu-west-1.snapshot", "of another prefix");
    expect(await snapshots().list()).toEqual([
      { name: "123456789012/eu-west-1", etag: etags[0], bytes: 9 },
      { name: "123456789012/eu-west-2", etag: etags[1], bytes: 9 },
      { name: "123456789012/us-east-1", etag: etags[2], bytes: 9 },
    ]);
  });

  it("are refused when they are too large or too many", async () => {
    s3.put(KEY, "twelve bytes");
    s3.put("inventory/123456789012/eu-west-2.snapshot", "two");
    await expect(snapshots({ maxBytes: 11 }).read(NAME)).rejects.toMatchObject({ code: "snapshot-too-large" });
    await expect(snapshots({ maxSnapshots: 1 }).list()).rejects.toMatchObject({ code: "too-many-snapshots" });
  });
});

describe("objects of tables in a bucket", () => {
  const about = { digest: "abc", collectedAt: 1_775_044_800_000 };

  it("say what they were made from", async () => {
    const objects = new S3TableObjects(client, "inventory-bucket");
    expect(await objects.describe("tables/x.jsonl")).toBeUndefined();
    expect(await objects.write("tables/x.jsonl", Buffer.from("{}\n"), about, undefined)).toBe(true);
    expect(await objects.describe("tables/x.jsonl")).toEqual({ etag: expect.any(String), ...about });
  });

  it("replace exactly the version that was described", async () => {
    const objects = new S3TableObjects(client, "inventory-bucket");
    const etag = s3.put("tables/x.jsonl", "old");
    expect(await objects.write("tables/x.jsonl", Buffer.from("new"), about, '"other"')).toBe(false);
    expect(await objects.write("tables/x.jsonl", Buffer.from("new"), about, undefined)).toBe(false);
    expect(await objects.write("tables/x.jsonl", Buffer.from("new"), about, etag)).toBe(true);
  });

  it("that others wrote without saying from what are replaced", async () => {
    s3.put("tables/x.jsonl", "old");
    const described = await new S3TableObjects(client, "inventory-bucket").describe("tables/x.jsonl");
    expect(described).toMatchObject({ digest: undefined, collectedAt: undefined });
  });
});
