import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import { careScene } from "./lake-care-scene.js";
import { workFolder } from "./local-run.js";

const RELEASED = fileURLToPath(new URL("../fixtures/lake/0.1.0/lake", import.meta.url));

function firstParquet(lake: string): string {
  const [name = ""] = readdirSync(join(lake, "ext"), { recursive: true, encoding: "utf8" })
    .filter((each) => each.endsWith(".parquet"))
    .sort();
  return join(lake, "ext", name);
}

describe("tributary lake verify", () => {
  it("ends with 0 where the lake holds", async () => {
    const { cwd } = await careScene();
    const verified = await tributary(["lake", "verify"], { cwd });
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(verified.stdout).toMatch(
      /^The lake holds: content of 4 Parquet files \(6 flows, .* kB\) and 1 file of parked flows compared with the manifest, 2 inputs\n$/,
    );
  });

  it("ends with 4 and a line for each finding where it does not", async () => {
    const { cwd, lake } = await careScene();
    rmSync(firstParquet(lake));
    const page = await tributary(["lake", "verify"], { cwd });
    const lines = await tributary(["lake", "verify", "--quick", "--output", "jsonl"], { cwd });
    expect(page).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^missing-file {2}ext\/.*\n {2}it is gone: restore it/),
    });
    expect(page.stdout).toContain("1 problem: ");
    expect(lines.code).toBe(4);
    expect(JSON.parse(lines.stdout)).toMatchObject({ level: "problem", code: "missing-file" });
  });

  it("says so of a manifest that cannot be read", async () => {
    const { cwd, lake } = await careScene();
    const [name = ""] = readdirSync(join(lake, ".tributary/manifest")).sort();
    const path = join(lake, ".tributary/manifest", name);
    writeFileSync(path, readFileSync(path, "utf8").replace("{", "["));
    const { code, stdout } = await tributary(["lake", "verify", "--output", "json"], { cwd });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ problems: 1, findings: [{ code: "damaged-manifest" }] });
  });

  it("with --record gives the files of an earlier version their checksums", async () => {
    const cwd = workFolder();
    cpSync(RELEASED, join(cwd, "lake"), { recursive: true });
    const before = await tributary(["lake", "verify", "--output", "csv"], { cwd });
    const recorded = await tributary(["lake", "verify", "--record"], { cwd });
    const after = await tributary(["lake", "verify", "--output", "json"], { cwd });
    expect(before).toMatchObject({ code: 0, stdout: expect.stringContaining("notice,no-checksum,") });
    expect(recorded).toMatchObject({ code: 0, stderr: "checksums recorded: 8\n" });
    expect(JSON.parse(after.stdout)).toMatchObject({ findings: [], problems: 0, flows: 20 });
  });
});
