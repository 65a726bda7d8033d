import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { S3Service } from "../support/s3-service.js";
import { type Finished, type Started, start, tributary } from "./command.js";
import { openLake, rowsOf, vpcLines, workFolder } from "./local-run.js";
import { S3Gate } from "./run-s3-gate.js";
import { BUCKET, fetched, fill, LINES } from "./run-s3-scene.js";

const OBJECTS = 24;
const PASSING = 6;
/** What a job has open: the object in hand, and four ahead of it. */
const OPEN = 5;
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_REGION: "eu-west-1",
  AWS_CONFIG_FILE: "/nonexistent/config",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
  AWS_EC2_METADATA_DISABLED: "true",
};

let s3: S3Service;
let gate: S3Gate;
let folder: string;
beforeEach(async () => {
  s3 = await S3Service.start();
  fill(s3, OBJECTS);
  gate = await S3Gate.before(s3.endpoint, { passing: PASSING });
  folder = workFolder();
});
afterEach(async () => {
  await gate.close();
  await s3.close();
});

function run(endpoint: string, jobs: number, lake = "lake"): readonly string[] {
  return ["run", BUCKET, "--endpoint", endpoint, "--jobs", String(jobs), "--lake", lake, "--output", "json"];
}

/** A run whose jobs all wait for the object that they have in hand. */
async function held(jobs: number, more: readonly string[] = []): Promise<Started> {
  const started = start([...run(gate.endpoint, jobs), ...more], { cwd: folder, env: ENVIRONMENT });
  await gate.holds(jobs * OPEN);
  return started;
}

/** Until the command says that it has heard the signal. */
async function heard({ child }: Started): Promise<void> {
  let text = "";
  while (!text.includes("Stopping")) {
    const [piece] = (await once(child.stderr, "data")) as [string];
    text += piece;
  }
}

/** The same command reads what is missing: no object that the lake has, no row twice. */
async function expectRest(jobs: number): Promise<void> {
  const before = [...(await openLake(join(folder, "lake"), { readOnly: true })).inputs().values()];
  const complete = before.filter((input) => input.complete).length;
  s3.calls.length = 0;
  const rest = await tributary(run(s3.endpoint, jobs), { cwd: folder, env: ENVIRONMENT });
  expect({ code: rest.code, stderr: rest.stderr }).toEqual({ code: 0, stderr: "" });
  expect(fetched(s3)).toHaveLength(OBJECTS - complete);
  await tributary(run(s3.endpoint, 1, "undisturbed"), { cwd: folder, env: ENVIRONMENT });
  const rows = await rowsOf(join(folder, "lake"));
  expect(rows).toHaveLength(OBJECTS * LINES);
  expect(rows).toEqual(await rowsOf(join(folder, "undisturbed")));
}

const inputsOf = ({ stdout }: Finished): { readonly read: number; readonly problems: readonly unknown[] } =>
  (JSON.parse(stdout) as { inputs: { read: number; problems: readonly unknown[] } }).inputs;

describe.each([1, 2])("a run of %d jobs over a bucket", (jobs) => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "that gets %s finishes the objects in hand, begins no other one, and ends with 130; the same command reads the rest",
    async (signal) => {
      const started = await held(jobs);
      started.child.kill(signal);
      await heard(started);
      gate.open();

      const finished = await started.finished;

      expect(finished.code).toBe(130);
      expect(inputsOf(finished)).toMatchObject({ read: PASSING + jobs, problems: [] });
      expect(await rowsOf(join(folder, "lake"))).toHaveLength((PASSING + jobs) * LINES);
      expect(gate.gets).toBe(PASSING + jobs * OPEN);
      await expectRest(jobs);
    },
  );

  it("that gets it twice ends at once, and the same command loses and repeats nothing", async () => {
    const started = await held(jobs);
    started.child.kill("SIGINT");
    await heard(started);
    started.child.kill("SIGINT");

    const { signal, stdout } = await started.finished;

    // A shell says 130 of it.
    expect({ signal, stdout }).toEqual({ signal: "SIGINT", stdout: "" });
    await expectRest(jobs);
  });

  it("does not begin with standard input once it was interrupted", async () => {
    const started = await held(jobs, ["-"]);
    started.child.stdin.write(vpcLines(0, 1000));
    started.child.kill("SIGINT");
    await heard(started);
    gate.open();

    // Standard input stays open: it must not be waited for.
    const finished = await started.finished;

    expect(finished.code).toBe(130);
    expect(inputsOf(finished).read).toBe(PASSING + jobs);
  });

  it("that is denied since its token expired ends with 3 and says what to do, and the same command reads the rest", async () => {
    let gets = 0;
    s3.fault = (method, key) =>
      method === "GET" && key !== "" && ++gets > PASSING ? { status: 400, code: "ExpiredToken" } : undefined;

    const { code, stderr } = await tributary(run(s3.endpoint, jobs), { cwd: folder, env: ENVIRONMENT });

    expect(stderr).toMatch(
      /^tributary: the credentials have expired .*: sign in again, and run the same command again/m,
    );
    expect(code).toBe(3);
    expect((await rowsOf(join(folder, "lake"))).length).toBeGreaterThan(0);
    s3.fault = undefined;
    await expectRest(jobs);
  });
});
