import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { FoundInput } from "../../packages/cli/src/ingest/input-files.js";
import { PathListing, type PathListingOptions } from "../../packages/cli/src/ingest/input-listing.js";
import type { InputProblem } from "../../packages/cli/src/ingest/input-problem.js";
import { tributary } from "./command.js";
import { put, vpcLines, workFolder } from "./local-run.js";

const found = (path: string): FoundInput => ({ path, size: 10, named: false });

function nameOf(account: string, region: string, slot: string): string {
  const day = `2026/10/${slot.slice(6, 8)}`;
  const file = `${account}_vpcflowlogs_${region}_fl-0a1b2c3d_${slot}Z_0a1b2c3d.log.gz`;
  return `AWSLogs/${account}/vpcflowlogs/${region}/${day}/${file}`;
}

async function listed(paths: readonly string[], options: PathListingOptions = {}) {
  const problems: InputProblem[] = [];
  const outside: string[] = [];
  const inputs: string[] = [];
  const listing = new PathListing(paths, options);
  const report = {
    problem: (problem: InputProblem) => problems.push(problem),
    outside: ({ path }: FoundInput) => outside.push(path),
  };
  for await (const { path } of listing.inputs(report)) inputs.push(path);
  return { inputs, outside, problems, bytes: listing.bytesTotal };
}

describe("a listing of paths", () => {
  it("gives files, then the objects of each location, and the bytes of all", async () => {
    const folder = workFolder();
    put(folder, "b.log", "12345");
    put(folder, "a.log", "123");
    const listS3 = async function* (url: string) {
      yield found(`${url}/one`);
      yield found(`${url}/two`);
    };

    const { inputs, bytes } = await listed(["s3://y", "-", folder, "S3://x"], { listS3 });

    expect(inputs).toEqual([
      join(folder, "a.log"),
      join(folder, "b.log"),
      "s3://y/one",
      "s3://y/two",
      "S3://x/one",
      "S3://x/two",
    ]);
    expect(bytes).toBe(48);
  });

  it("gives an object once that is at two locations", async () => {
    const listS3 = async function* () {
      yield found("s3://x/one");
      yield found("s3://x/two");
    };

    expect((await listed(["s3://x", "s3://x/"], { listS3 })).inputs).toEqual(["s3://x/one", "s3://x/two"]);
  });

  it("names what is wrong, and gives the rest", async () => {
    const folder = workFolder();
    const good = put(folder, "a.log", "123");

    const { inputs, problems } = await listed([join(folder, "gone"), good]);

    expect(inputs).toEqual([good]);
    expect(problems).toMatchObject([{ path: join(folder, "gone"), reason: "missing" }]);
  });

  it("leaves out files of other accounts, regions and times by their place, unless they are named", async () => {
    const folder = workFolder();
    const wanted = put(folder, nameOf("111122223333", "eu-west-1", "20261010T1200"), "1");
    const late = put(folder, nameOf("111122223333", "eu-west-1", "20261010T1325"), "1");
    const tooLate = put(folder, nameOf("111122223333", "eu-west-1", "20261010T1335"), "1");
    const otherAccount = put(folder, nameOf("444455556666", "eu-west-1", "20261010T1200"), "1");
    const otherRegion = put(folder, nameOf("111122223333", "us-east-1", "20261010T1200"), "1");
    const own = put(folder, "own.log", "1");
    const selection = {
      accounts: ["111122223333"],
      regions: ["eu-west-1"],
      from: Date.UTC(2026, 9, 10, 12),
      to: Date.UTC(2026, 9, 10, 13),
    };

    const { inputs, outside } = await listed([folder], { selection });
    const named = await listed([otherAccount], { selection });

    expect(inputs.toSorted()).toEqual([wanted, late, own].toSorted());
    expect(outside.toSorted()).toEqual([tooLate, otherAccount, otherRegion].toSorted());
    expect(named.inputs).toEqual([otherAccount]);
  });

  it("goes on while nobody asks, so that the size of all is known early, and ends with who reads it", async () => {
    let listedObjects = 0;
    let left = false;
    const listS3 = async function* () {
      try {
        for (; listedObjects < 50; listedObjects++) {
          await setImmediate();
          yield found(`s3://x/${listedObjects}`);
        }
      } finally {
        left = true;
      }
    };
    const listing = new PathListing(["s3://x"], { listS3 });
    const inputs = listing.inputs({ problem: () => undefined, outside: () => undefined });

    await inputs.next();
    expect(listing.bytesTotal).toBeUndefined();
    for (let turn = 0; turn < 1000 && listing.bytesTotal === undefined; turn++) await setImmediate();

    expect(listing.bytesTotal).toBe(500);
    await inputs.return(undefined);
    expect(left).toBe(true);
  });

  it("gives what it found before a store cannot be listed any further, and then says so", async () => {
    const listS3 = async function* () {
      yield found("s3://x/one");
      throw new Error("the token expired");
    };
    const listing = new PathListing(["s3://x"], { listS3 });
    const inputs = listing.inputs({ problem: () => undefined, outside: () => undefined });

    expect((await inputs.next()).value?.path).toBe("s3://x/one");
    await expect(inputs.next()).rejects.toThrow("the token expired");
    expect(listing.bytesTotal).toBeUndefined();
  });
});

describe("the command", () => {
  it("reads files of an account, a region and a time by their place, and counts the others", async () => {
    const folder = workFolder();
    put(folder, nameOf("111122223333", "eu-west-1", "20261010T1205"), vpcLines(0, 3));
    put(folder, nameOf("111122223333", "eu-west-1", "20261012T1205"), vpcLines(3, 5));
    put(folder, nameOf("444455556666", "eu-west-1", "20261010T1205"), vpcLines(5, 7));
    const run = (...selection: readonly string[]) =>
      tributary(["run", "AWSLogs", "--output", "json", ...selection], { cwd: folder });

    const day = await run(
      "--account",
      "111122223333",
      "--region",
      "eu-west-1",
      "--from",
      "2026-10-10",
      "--to",
      "2026-10-11",
    );
    const all = await run("--region", "eu-west-1");

    expect(JSON.parse(day.stdout)).toMatchObject({ flows: { delivered: 3 }, inputs: { read: 1, outside: 2 } });
    expect(JSON.parse(all.stdout)).toMatchObject({ flows: { delivered: 4 }, inputs: { read: 2, outside: 0 } });
    expect([day.code, all.code]).toEqual([0, 0]);
  });
});
