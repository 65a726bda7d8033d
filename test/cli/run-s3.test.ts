import { FlowMatch, parseMatchTerms } from "@tributary/flow";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stubAwsEnvironment } from "../support/s3-reader.js";
import { type S3Fault, S3Service } from "../support/s3-service.js";
import { openLake, rowsOf, START, workFolder } from "./local-run.js";
import { BUCKET, fetched, fill, keyOf, LINES, lakeIn, objectOf, s3Run } from "./run-s3-scene.js";

const OBJECTS = 24;

let s3: S3Service;
let lake: string;
beforeEach(async () => {
  stubAwsEnvironment();
  s3 = await S3Service.start();
  fill(s3, OBJECTS);
  lake = lakeIn(workFolder());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});

/** The rows of a lake that reads what the bucket has now, undisturbed. */
async function rowsNow(): Promise<string[]> {
  const { fault } = s3;
  s3.fault = undefined;
  const other = lakeIn(workFolder());
  await s3Run(other, s3);
  s3.fault = fault;
  return rowsOf(other);
}

async function statesOf(): Promise<ReadonlyMap<string, { readonly complete: boolean }>> {
  return (await openLake(lake, { readOnly: true })).inputs();
}

/** Faults by the number of the get, from 1. */
function faultAt(fault: S3Fault, from: number, to = from): void {
  let gets = 0;
  s3.fault = (method, key) => {
    if (method !== "GET" || key === "") return undefined;
    gets++;
    return gets >= from && gets <= to ? fault : undefined;
  };
}

describe("a run over a bucket", () => {
  it("gives every flow of every object, each fetched once", async () => {
    const { summary, notes } = await s3Run(lake, s3);

    expect(summary.flows).toEqual({ read: OBJECTS * LINES, delivered: OBJECTS * LINES, skipped: {}, parked: {} });
    expect(summary.inputs).toMatchObject({ read: OBJECTS, unchanged: 0, problems: [] });
    expect(notes).toEqual([]);
    expect(await rowsOf(lake)).toHaveLength(OBJECTS * LINES);
    expect(fetched(s3).toSorted()).toEqual(Array.from({ length: OBJECTS }, (_, n) => keyOf(n)).toSorted());
  });

  it("by two jobs gives the same rows, each object fetched once", async () => {
    const { summary } = await s3Run(lake, s3, { jobs: 2 });

    expect(summary.inputs).toMatchObject({ read: OBJECTS, problems: [] });
    expect(fetched(s3)).toHaveLength(OBJECTS);
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("that is repeated fetches nothing", async () => {
    await s3Run(lake, s3);
    s3.calls.length = 0;

    const { summary } = await s3Run(lake, s3);

    expect(s3.calls.every((call) => call === "GET list 200")).toBe(true);
    expect(summary.inputs).toMatchObject({ read: 0, unchanged: OBJECTS });
    expect(summary.flows.read).toBe(0);
  });

  it("later fetches the new object alone", async () => {
    await s3Run(lake, s3);
    s3.calls.length = 0;
    s3.put(keyOf(OBJECTS), objectOf(OBJECTS));

    const { summary } = await s3Run(lake, s3);

    expect(fetched(s3)).toEqual([keyOf(OBJECTS)]);
    expect(summary.inputs).toMatchObject({ read: 1, unchanged: OBJECTS });
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it.each([
    ["longer", 20],
    ["shorter", 3],
  ])("later replaces the rows of an object that is another one, and %s", async (_what, lines) => {
    await s3Run(lake, s3);
    s3.calls.length = 0;
    s3.put(keyOf(5), objectOf(5000, lines));

    const { summary } = await s3Run(lake, s3);

    expect(fetched(s3)).toEqual([keyOf(5)]);
    expect(summary.inputs).toMatchObject({ read: 1, unchanged: OBJECTS - 1, problems: [] });
    expect(summary.flows.delivered).toBe(lines);
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("reads an object once that lies at two locations it is given", async () => {
    const paths = [BUCKET, `${BUCKET}/AWSLogs/111122223333/`];

    const { summary } = await s3Run(lake, s3, { paths });

    expect(summary.flows.read).toBe(OBJECTS * LINES);
    expect(fetched(s3)).toHaveLength(OBJECTS);
  });

  it("reads the objects of a time, an account and a region", async () => {
    // With 15 minutes before and 30 after: slots 3 to 17.
    const from = START * 1000 + 6 * 300_000;
    const selection = { from, to: from + 6 * 300_000, accounts: ["111122223333"], regions: ["eu-west-1"] };

    const { summary } = await s3Run(lake, s3, { selection });

    const keys = fetched(s3);
    expect(keys.every((key) => key.includes("111122223333"))).toBe(true);
    for (const n of [6, 8, 10, 12]) expect(keys).toContain(keyOf(n));
    for (const n of [0, 20, 22]) expect(keys).not.toContain(keyOf(n));
    expect(summary.inputs.read).toBe(keys.length);
  });

  it("leaves objects as they are that were read with another search, fetches none of them, and replaces them with --again", async () => {
    const search = (text: string) => FlowMatch.of([parseMatchTerms(text)]);
    const first = await s3Run(lake, s3, { match: search("port:1030") });
    const rows = await rowsOf(lake);
    s3.calls.length = 0;

    const other = await s3Run(lake, s3, { match: search("port:1031") });

    expect(first.summary.flows).toMatchObject({ delivered: 1, skipped: { "not-matched": OBJECTS * LINES - 1 } });
    expect(rows).toHaveLength(1);
    expect(other.summary.inputs).toMatchObject({ read: 0, otherMatch: OBJECTS });
    expect(fetched(s3)).toEqual([]);
    expect(await rowsOf(lake)).toEqual(rows);

    const again = await s3Run(lake, s3, { match: search("port:1031"), again: true });

    expect(again.summary.flows.delivered).toBe(1);
    expect(await rowsOf(lake)).not.toEqual(rows);
    expect(await rowsOf(lake)).toHaveLength(1);
  });

  it("fetches nothing for a search of what it has whole", async () => {
    await s3Run(lake, s3);
    s3.calls.length = 0;

    const { summary } = await s3Run(lake, s3, { match: FlowMatch.of([parseMatchTerms("port:1030")]) });

    expect(summary.inputs).toMatchObject({ read: 0, otherMatch: 0, unchanged: OBJECTS });
    expect(fetched(s3)).toEqual([]);
  });

  it("keeps the rows of an object that was put anew, when it is searched after it was read whole", async () => {
    await s3Run(lake, s3);
    const rows = await rowsOf(lake);
    s3.put(keyOf(3), objectOf(3, LINES + 1));
    s3.calls.length = 0;

    const { summary } = await s3Run(lake, s3, { match: FlowMatch.of([parseMatchTerms("port:1030")]) });

    expect(summary.inputs).toMatchObject({ read: 0, otherMatch: 1, unchanged: OBJECTS - 1 });
    expect(fetched(s3)).toEqual([]);
    expect(await rowsOf(lake)).toEqual(rows);
  });
});

describe("a store that fails", () => {
  it.each([1, 2])(
    "by an expired token ends a run of %d jobs with what was read kept, and the same command reads the rest",
    async (jobs) => {
      const BEFORE = 10;
      faultAt({ status: 400, code: "ExpiredToken" }, BEFORE + 1, Number.POSITIVE_INFINITY);

      await expect(s3Run(lake, s3, { jobs })).rejects.toMatchObject({ code: "expired-credentials" });

      const kept = [...(await statesOf()).values()].filter(({ complete }) => complete).length;
      // The job that does not meet it first may leave what it has opened.
      expect(kept).toBeGreaterThanOrEqual(jobs === 1 ? BEFORE : 1);
      expect(kept).toBeLessThanOrEqual(BEFORE);
      expect(await rowsOf(lake)).toHaveLength(kept * LINES);
      s3.fault = undefined;
      s3.calls.length = 0;

      const { summary } = await s3Run(lake, s3, { jobs });

      expect(fetched(s3)).toHaveLength(OBJECTS - kept);
      expect(summary.inputs).toMatchObject({ read: OBJECTS - kept, unchanged: kept, problems: [] });
      expect(await rowsOf(lake)).toEqual(await rowsNow());
    },
  );

  it("by an expired token while it is listed keeps what was read", async () => {
    s3.pageSize = 5;
    let lists = 0;
    s3.fault = (_method, key) => (key === "" && ++lists > 8 ? { status: 400, code: "ExpiredToken" } : undefined);

    await expect(s3Run(lake, s3)).rejects.toMatchObject({ code: "expired-credentials" });

    const rows = await rowsOf(lake);
    s3.fault = undefined;
    const { summary } = await s3Run(lake, s3);
    expect(summary.inputs.unchanged * LINES).toBe(rows.length);
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("by throttling now and then does not fail a run", async () => {
    let calls = 0;
    s3.fault = () => (++calls % 3 === 0 ? { status: 503, code: "SlowDown" } : undefined);

    const { summary } = await s3Run(lake, s3);

    expect(summary.inputs).toMatchObject({ read: OBJECTS, problems: [] });
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("by breaking transfers off does not fail a run", async () => {
    let gets = 0;
    s3.fault = (method, key) => (method === "GET" && key !== "" && ++gets % 2 === 0 ? { breakAfter: 40 } : undefined);

    const { summary } = await s3Run(lake, s3);

    expect(summary.inputs).toMatchObject({ read: OBJECTS, problems: [] });
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("for one object names it, reads the others, and the object by the same command", async () => {
    const bad = keyOf(7);
    s3.fault = (method, key) => (method === "GET" && key === bad ? { status: 403, code: "AccessDenied" } : undefined);

    const { summary } = await s3Run(lake, s3);
    expect(summary.inputs.problems).toMatchObject([{ path: `${BUCKET}/${bad}`, reason: "unreadable" }]);
    expect(summary.inputs.read).toBe(OBJECTS - 1);

    s3.fault = undefined;
    s3.calls.length = 0;
    await s3Run(lake, s3);

    expect(fetched(s3)).toEqual([bad]);
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("for every object ends a run that nothing was read in, and does not try all", async () => {
    s3.fault = (method, key) => (method === "GET" && key !== "" ? { status: 403, code: "AccessDenied" } : undefined);

    await expect(s3Run(lake, s3)).rejects.toMatchObject({
      code: "nothing-readable",
      message: expect.stringMatching(/first 20 objects .*may not be read/),
    });

    expect(fetched(s3).length).toBeLessThan(OBJECTS + 1);
    s3.fault = undefined;
    await s3Run(lake, s3);
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });

  it("to keep an object between list and get has the new one read, and its rows only", async () => {
    s3.fault = (method, key) => {
      if (method === "GET" && key === keyOf(3)) s3.objects.set(key, { ...replaced });
      return undefined;
    };
    s3.put("replacement", objectOf(6000));
    const replaced = s3.objects.get("replacement") ?? { etag: "", body: Buffer.alloc(0), metadata: {} };
    s3.objects.delete("replacement");

    const { summary } = await s3Run(lake, s3);
    s3.calls.length = 0;
    const second = await s3Run(lake, s3);

    expect(summary.inputs.problems).toEqual([]);
    expect(second.summary.inputs).toMatchObject({ read: 0, unchanged: OBJECTS });
    expect(await rowsOf(lake)).toEqual(await rowsNow());
  });
});
