import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileSha256 } from "@tributary/lake";
import { expect, it } from "vitest";
import { awkwardFolder } from "./lake-fixture.js";

it("a file's hash is that of its bytes, however many", async () => {
  const path = join(awkwardFolder(), "file");
  for (const length of [0, 1, 1024 * 1024, 1024 * 1024 + 1]) {
    const bytes = Buffer.alloc(length, "flow");
    writeFileSync(path, bytes);
    expect(await fileSha256(path), `${length} bytes`).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

it("the hash of a file that is gone is an error", async () => {
  await expect(fileSha256(join(awkwardFolder(), "none"))).rejects.toMatchObject({ code: "ENOENT" });
});
