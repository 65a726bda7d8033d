import { once } from "node:events";
import { readdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { interruption } from "../../packages/cli/src/interruption.js";
import { type Started, start, tributary } from "./command.js";
import { lakeQuery, localRun, put, uidsOf, vpcLines, workFolder } from "./local-run.js";

const LINES = 25_000;

/** A lake that exists, so that its folders can be watched, and a file that takes some time to read. */
async function scene(): Promise<{ readonly folder: string; readonly lake: string }> {
  const folder = workFolder();
  const lake = join(folder, "lake");
  await localRun(lake, [put(folder, "empty.log", "")]);
  put(folder, "large.log", vpcLines(0, LINES));
  return { folder, lake };
}

/** Resolves when something whose name matches appears in a folder of the lake. */
function appears(lake: string, folder: string, name: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(join(lake, folder), (_event, found) => {
      if (!name.test(String(found))) return;
      watcher.close();
      resolve();
    });
  });
}

/** The moments of a run that can be seen from outside, in the order in which they come. */
const MOMENTS = [
  ["before the first flow is read", ".tributary", /^spool$/],
  ["when it begins to write", ".tributary/staging", /^commit-/],
  ["when it has committed something", ".tributary/manifest", /^\d+\.json$/],
] as const;

const RUN = ["run", "large.log", "--commit-every", "0.1", "--output", "json"];

async function expectWholeLake(lake: string): Promise<void> {
  expect(new Set(await uidsOf(lake)).size).toBe(LINES);
  expect(await lakeQuery(lake, "SELECT count(*) FROM $rows")).toEqual([[String(LINES)]]);
}

/** A run that has committed something of standard input and waits for more. */
async function waiting(folder: string, lake: string): Promise<Started> {
  const manifest = join(lake, ".tributary/manifest");
  const commits = readdirSync(manifest).length;
  const started = start(["run", "-", "--commit-every", "0.1", "--output", "json"], { cwd: folder });
  for (let line = 0; readdirSync(manifest).length === commits; line += 1000) {
    if (!started.child.stdin.write(vpcLines(line, line + 1000))) await once(started.child.stdin, "drain");
  }
  return started;
}

describe("kill -9", () => {
  it("at one moment after the other loses no flow and repeats none", async () => {
    const { folder, lake } = await scene();

    for (const [, place, name] of MOMENTS) {
      const moment = appears(lake, place, name);
      const { child, finished } = start(RUN, { cwd: folder });
      // It may come to its end before the moment comes.
      await Promise.race([moment, finished]);
      child.kill("SIGKILL");
      await finished;
    }
    const last = await tributary(RUN, { cwd: folder });

    expect(last).toMatchObject({ code: 0, stderr: "" });
    await expectWholeLake(lake);
  });
});

describe("a signal", () => {
  const CASES: readonly (readonly [signal: NodeJS.Signals, what: string, place: string, name: RegExp])[] = [
    ["SIGINT", ...MOMENTS[0]],
    ["SIGTERM", ...MOMENTS[1]],
  ];

  it.each(CASES)(
    "%s %s ends with 130, keeps what was read, and the next run does the rest",
    async (signal, _what, place, name) => {
      const { folder, lake } = await scene();
      const moment = appears(lake, place, name);
      const { child, finished } = start(RUN, { cwd: folder });
      await moment;
      child.kill(signal);

      const { code, stdout } = await finished;

      const { flows, interrupted, inputs } = JSON.parse(stdout) as {
        readonly flows: { readonly delivered: number };
        readonly interrupted: boolean;
        readonly inputs: { readonly problems: readonly unknown[] };
      };
      expect({ code, interrupted, problems: inputs.problems }).toEqual({ code: 130, interrupted: true, problems: [] });
      expect(await lakeQuery(lake, "SELECT count(*) FROM $rows")).toEqual(
        flows.delivered === 0 ? [] : [[String(flows.delivered)]],
      );
      expect((await tributary(RUN, { cwd: folder })).code).toBe(0);
      await expectWholeLake(lake);
    },
  );
});

describe("Ctrl-C while standard input is silent", () => {
  it("ends with 130, and what was committed can be asked for", async () => {
    const { folder, lake } = await scene();
    const { child, finished } = await waiting(folder, lake);
    child.kill("SIGINT");

    const { code, stdout, stderr } = await finished;
    const asked = await tributary(["query", "--sql", "select count(*) as flows from flows", "--output", "csv"], {
      cwd: folder,
    });

    const { flows, interrupted } = JSON.parse(stdout) as { flows: { delivered: number }; interrupted: boolean };
    expect({ code, interrupted }).toEqual({ code: 130, interrupted: true });
    expect(stderr).toMatch(/^Stopping: /);
    expect(flows.delivered).toBeGreaterThan(0);
    expect(asked).toMatchObject({ code: 0, stdout: `flows\r\n${flows.delivered}\r\n` });
  });

  it("twice ends as well, and leaves a lake that goes on", async () => {
    const { folder, lake } = await scene();
    const { child, finished } = await waiting(folder, lake);
    child.stderr.once("data", () => child.kill("SIGINT"));
    child.kill("SIGINT");

    expect((await finished).signal).toBe("SIGINT");
    expect((await tributary(["run", "large.log"], { cwd: folder })).code).toBe(0);
    expect((await uidsOf(lake)).length).toBeGreaterThan(LINES);
  });
});

describe("an interruption", () => {
  it("aborts with the first signal and ends the process at once with the second", () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const others = process.listeners("SIGINT");
    let stopping = 0;
    const { signal, end } = interruption(() => stopping++);
    const [interrupt] = process.listeners("SIGINT").filter((listener) => !others.includes(listener));

    interrupt?.("SIGINT");
    expect({ aborted: signal.aborted, stopping }).toEqual({ aborted: true, stopping: 1 });
    interrupt?.("SIGINT");
    expect(kill).toHaveBeenCalledWith(process.pid, "SIGINT");
    expect(process.listeners("SIGINT")).toEqual(others);
    expect(stopping).toBe(1);

    end();
    kill.mockRestore();
  });
});

describe("a lake in use by another process", () => {
  it("ends with 3 and names the process, is still open for queries, and free once that one has ended", async () => {
    const { folder, lake } = await scene();
    put(folder, "a.log", vpcLines(0, 5));
    const locked = appears(lake, ".tributary", /^lock$/);
    const { child, finished } = start(["run", "-"], { cwd: folder });
    await locked;

    const second = await tributary(["run", "a.log"], { cwd: folder });
    const asked = await tributary(["query", "--sql", "select count(*) from flows", "--output", "csv"], { cwd: folder });
    child.stdin.end(vpcLines(5, 9));
    const first = await finished;
    const third = await tributary(["run", "a.log"], { cwd: folder });

    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(
      new RegExp(`^tributary: process ${child.pid} is writing to this lake: wait for it, stop it`),
    );
    expect(asked.code).toBe(0);
    expect(first.code).toBe(0);
    expect(third.code).toBe(0);
    expect(await uidsOf(lake)).toHaveLength(9);
  });

  it("does not hold after kill -9", async () => {
    const { folder, lake } = await scene();
    put(folder, "a.log", vpcLines(0, 5));
    const locked = appears(lake, ".tributary", /^lock$/);
    const { child, finished } = start(["run", "-"], { cwd: folder });
    await locked;
    child.kill("SIGKILL");
    await finished;

    expect((await tributary(["run", "a.log"], { cwd: folder })).code).toBe(0);
  });
});

describe("a run that fails", () => {
  it("because its lake cannot be made ends with 3, names the place and the remedy", async () => {
    const folder = workFolder();
    put(folder, "lake", "not a folder");

    // Standard input stays open: it must not be waited for.
    const { code, stderr } = await start(["run", "-"], { cwd: folder }).finished;

    expect(stderr).toMatch(/^tributary: .*lake is a file, .*: give the lake a folder of its own/);
    expect(code).toBe(3);
  });

  it("while it reads ends with 1 and does not wait for the rest of standard input", async () => {
    const { folder, lake } = await scene();
    const { child, finished } = await waiting(folder, lake);
    rmSync(join(lake, ".tributary/spool"), { recursive: true });
    for (let line = 0; child.exitCode === null && child.stdin.writable; line += 1000) {
      const taken = child.stdin.write(vpcLines(line, line + 1000));
      // The pipe breaks when the process ends.
      if (!taken) await Promise.race([once(child.stdin, "drain").catch(() => undefined), finished]);
    }

    const { code, stdout, stderr } = await finished;

    expect(stderr).toMatch(/^tributary: .*spool/m);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});
