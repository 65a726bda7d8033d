import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lakeUse } from "../../packages/cli/src/explain/lake-use.js";
import { withTemporaryFolder } from "../../packages/cli/src/temporary-folder.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-engine-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const QUESTION = { target: "x", direction: "ingress", protocol: 6, port: 1, peer: undefined, own: undefined } as const;
const listeners = () => [process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")];

it("a lake that cannot be opened leaves nobody listening for Ctrl-C", async () => {
  const before = listeners();

  await expect(lakeUse(join(folder, "none"), QUESTION, [], { before: 1 })).rejects.toThrow();

  expect(listeners()).toEqual(before);
});

describe("a temporary folder", () => {
  it("is gone with all that is in it, also when the work fails", async () => {
    let made = "";
    const work = withTemporaryFolder(async (temporary) => {
      made = temporary;
      writeFileSync(join(temporary, "spilled"), "rows");
      throw new Error("no space");
    });

    await expect(work).rejects.toThrow("no space");
    expect(made).not.toBe("");
    expect(existsSync(made)).toBe(false);
  });

  it("is another one each time", async () => {
    const name = (temporary: string) => Promise.resolve(temporary);
    expect(await withTemporaryFolder(name)).not.toBe(await withTemporaryFolder(name));
  });
});
