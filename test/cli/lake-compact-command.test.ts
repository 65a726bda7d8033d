import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import { careScene } from "./lake-care-scene.js";
import { localRun, rowsOf, uidsOf } from "./local-run.js";

describe("tributary lake compact", () => {
  it("merges small files; queries answer as before, and so does the next run", async () => {
    const { cwd, lake } = await careScene();
    const query = ["query", "--sql", "select * from traffic order by uid", "--output", "jsonl"];
    const before = { rows: await rowsOf(lake), answer: (await tributary(query, { cwd })).stdout };

    const { code, stdout } = await tributary(["lake", "compact"], { cwd });

    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 files of 1 partition became 1: 4 flows, .* kB before, .* kB after\n$/);
    expect(await rowsOf(lake)).toEqual(before.rows);
    expect((await tributary(query, { cwd })).stdout).toBe(before.answer);
    expect((await tributary(["lake", "verify"], { cwd })).code).toBe(0);
    const next = await tributary(["run", "logs", "--output", "json"], { cwd });
    expect(JSON.parse(next.stdout)).toMatchObject({ inputs: { unchanged: 2 }, flows: { read: 0 } });
  });

  it("leaves what --again replaces", async () => {
    const { cwd, lake, logs } = await careScene();
    const before = await uidsOf(lake);
    await tributary(["lake", "compact"], { cwd });
    await localRun(lake, [join(logs, "web.log")], { again: true });
    expect(await uidsOf(lake)).toEqual(before);
  });

  it("says on a dry run what it would merge, and merges nothing", async () => {
    const { cwd } = await careScene();
    const table = await tributary(["lake", "compact", "--dry-run"], { cwd });
    const json = await tributary(["lake", "compact", "--dry-run", "--output", "json"], { cwd });
    const none = await tributary(["lake", "compact", "--dry-run", "--before", "2026-10-10"], { cwd });
    expect(table.stdout).toMatch(
      /^2 files \(.* kB\) would become 1\n {2}111122223333 {2}2026-10-10 {2}2 files, .* kB, into 1\n$/,
    );
    expect(JSON.parse(json.stdout)).toMatchObject([{ account: "111122223333", day: "2026-10-10", files: 2, into: 1 }]);
    expect(none.stdout).toBe("0 files (0 B) would become 0\n");
  });
});
