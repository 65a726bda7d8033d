import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { lakeFailure } from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { awkwardFolder, filesIn, flow, ingest, inputState, MARK, openLake, StagedCommit } from "./lake-fixture.js";

describe("opening a lake", () => {
  it("says how to get one when the folder has none", async () => {
    await expect(openLake(awkwardFolder(), { create: false })).rejects.toMatchObject({
      code: "no-lake",
      message: expect.stringContaining("ingest flow logs into it first"),
    });
  });

  it("refuses to make one where Parquet of another origin lies", async () => {
    const folder = awkwardFolder();
    mkdirSync(join(folder, "ext"));
    writeFileSync(join(folder, "ext", "part-0000000001-0001.parquet"), "not ours");
    await expect(openLake(folder)).rejects.toMatchObject({ code: "not-a-lake" });
    expect(filesIn(folder)).toEqual(["ext/part-0000000001-0001.parquet"]);
  });

  it("names the path when it goes through a file", async () => {
    const folder = awkwardFolder();
    writeFileSync(join(folder, "file"), "");
    await expect(openLake(join(folder, "file"))).rejects.toMatchObject({
      name: "ConfigurationError",
      code: "not-a-folder",
      message: expect.stringContaining(join(folder, "file")),
    });
  });

  it("refuses a lake of a newer version and says so", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder)).close();
    writeFileSync(join(folder, ".tributary", "lake.json"), '{"version":2,"source":"s","region":"r"}');
    await expect(openLake(folder)).rejects.toMatchObject({
      code: "newer-lake",
      message: expect.stringContaining("version 2"),
    });
  });

  it("refuses a manifest entry of a newer version", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    await ingest(lake, "a.log", [flow()]);
    await lake.close();
    const entry = join(folder, ".tributary", "manifest", "0000000001.json");
    writeFileSync(entry, readFileSync(entry, "utf8").replace('"version":1', '"version":9'));
    await expect(openLake(folder, { readOnly: true })).rejects.toMatchObject({ code: "newer-lake" });
  });

  it("keeps source and region of the lake that exists", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder, { source: "flows", region: "eu-west-1" })).close();
    const lake = await openLake(folder, { source: "other", region: "local" });
    expect(lake.settings).toMatchObject({ source: "flows", region: "eu-west-1" });
    await lake.close();
  });
});

describe("a failure of DuckDB", () => {
  it("for lack of memory names the options that mend it", () => {
    const failure = lakeFailure(new Error("Out of Memory Error: could not allocate block of size 256.0 KiB"), "/lake");
    expect(failure).toMatchObject({
      name: "TributaryError",
      code: "out-of-memory",
      message: expect.stringContaining("raise --memory (at least 64MB) or lower --object-buffer"),
    });
  });
});

describe("the lock", () => {
  it("keeps a second writer out and names the process and the remedy", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    await expect(openLake(folder)).rejects.toMatchObject({
      code: "lake-in-use",
      message: expect.stringContaining(`process ${process.pid} is writing to this lake: wait for it`),
    });
    await lake.close();
    await (await openLake(folder)).close();
  });

  it("lets readers in beside a writer, who see the commits made so far", async () => {
    const folder = awkwardFolder();
    const writer = await openLake(folder);
    await ingest(writer, "a.log", [flow()]);
    const reader = await openLake(folder, { readOnly: true });
    await ingest(writer, "b.log", [flow()]);
    expect([...reader.inputs().keys()]).toEqual(["a.log"]);
    expect(() => reader.begin(MARK)).toThrow(/open for reading only/);
    await reader.close();
    await writer.close();
  });

  it("of a process that is gone is taken over", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder)).close();
    const gone = spawn(process.execPath, ["-e", ""]);
    await once(gone, "exit");
    const lock = join(folder, ".tributary", "lock");
    writeFileSync(lock, JSON.stringify({ pid: gone.pid, host: hostname() }));
    const lake = await openLake(folder);
    expect(JSON.parse(readFileSync(lock, "utf8"))).toMatchObject({ pid: process.pid });
    await lake.close();
    expect(existsSync(lock)).toBe(false);
  });

  it("of this process's number before a restart is taken over", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder)).close();
    writeFileSync(join(folder, ".tributary", "lock"), JSON.stringify({ pid: process.pid, host: hostname() }));
    await (await openLake(folder)).close();
  });

  it("of another machine is respected", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder)).close();
    writeFileSync(join(folder, ".tributary", "lock"), JSON.stringify({ pid: 1, host: "elsewhere.example" }));
    await expect(openLake(folder)).rejects.toThrow(/process 1 on elsewhere\.example .* remove .*lock/);
  });

  it("that is cut off is taken over", async () => {
    const folder = awkwardFolder();
    await (await openLake(folder)).close();
    writeFileSync(join(folder, ".tributary", "lock"), '{"pi');
    await (await openLake(folder)).close();
  });
});

describe("the manifest", () => {
  it("ignores a last entry that is cut off, and removes what it would have named", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    await ingest(lake, "a.log", [flow()]);
    await ingest(lake, "b.log", [flow()]);
    await lake.close();
    const entry = join(folder, ".tributary", "manifest", "0000000002.json");
    writeFileSync(entry, readFileSync(entry, "utf8").slice(0, 100));
    const again = await openLake(folder);
    expect([...again.inputs().keys()]).toEqual(["a.log"]);
    expect(filesIn(folder).filter((path) => path.endsWith("-0002-0001.parquet"))).toEqual([]);
    await ingest(again, "c.log", [flow()]);
    await again.close();
    const third = await openLake(folder, { readOnly: true });
    expect([...third.inputs().keys()]).toEqual(["a.log", "c.log"]);
  });

  it("refuses to go on when an entry is missing", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    for (const input of ["a", "b", "c"]) await ingest(lake, input, [flow()]);
    await lake.close();
    const entry = join(folder, ".tributary", "manifest", "0000000002.json");
    rmSync(entry);
    await expect(openLake(folder)).rejects.toMatchObject({ code: "damaged-manifest" });
  });

  it("sums up old commits, so that its folder stays small, and loses nothing by it", async () => {
    const folder = awkwardFolder();
    const lake = await openLake(folder);
    const commits = 450;
    for (let number = 1; number <= commits; number++) {
      const commit = new StagedCommit(lake);
      await commit.finish({ inputs: [inputState(`input ${number % 10}`, { position: number })] });
    }
    await lake.close();
    expect(readdirSync(join(folder, ".tributary", "manifest")).length).toBeLessThan(210);
    const again = await openLake(folder, { readOnly: true });
    expect(again.state.commit).toBe(commits);
    expect([...again.inputs().values()].map(({ position }) => position).sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => commits - index).sort(),
    );
    expect(again.inputs().get("input 1")?.firstCommit.commit).toBe(1);
  });

  it.each(["checkpoint", "compact", "clear-staging"])(
    "survives a crash before the step %s of summing up",
    async (fault) => {
      const folder = awkwardFolder();
      let armed = false;
      const lake = await openLake(folder, {
        onStep: (step) => {
          if (armed && step === fault) throw new Error("crash");
        },
      });
      for (let number = 1; number < 200; number++) {
        await lake.begin(MARK).finish({ inputs: [inputState("a", { position: number })] });
      }
      armed = true;
      await expect(lake.begin(MARK).finish({ inputs: [inputState("a", { position: 200 })] })).rejects.toThrow("crash");
      await lake.close();
      const again = await openLake(folder);
      expect(again.inputs().get("a")).toMatchObject({
        position: 200,
        firstCommit: { commit: 1 },
        lastCommit: { commit: 200 },
      });
      await ingest(again, "b", [flow()]);
      await again.close();
      const reader = await openLake(folder, { readOnly: true });
      expect(reader.state.commit).toBe(201);
    },
  );
});

describe("a full disk", () => {
  it("ends the commit with an error that names the lake and the remedy, and the lake as before", async () => {
    const folder = awkwardFolder();
    let full = false;
    const lake = await openLake(folder, {
      onStep: (step) => {
        if (full && step === "place")
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      },
    });
    await ingest(lake, "a.log", [flow()]);
    full = true;
    const commit = new StagedCommit(lake);
    await commit.park("no-time", "b.log", 1, "r");
    await expect(commit.finish({ inputs: [inputState("b.log")] })).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(/no space is left for .*Gewässer.*free some/),
    });
    await commit.abandon();
    full = false;
    await ingest(lake, "c.log", [flow()]);
    expect([...lake.inputs().keys()]).toEqual(["a.log", "c.log"]);
    await lake.close();
  });
});
