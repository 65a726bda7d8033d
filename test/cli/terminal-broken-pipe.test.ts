import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { endQuietlyOnBrokenPipe, writePieces } from "../../packages/cli/src/terminal/broken-pipe.js";

const SOURCE = fileURLToPath(new URL("../../packages/cli/src/terminal/broken-pipe.ts", import.meta.url));

describe("a broken pipe", () => {
  it("ends the process with 0 and without a word", async () => {
    const directory = await mkdtemp(join(tmpdir(), "tributary-pipe-"));
    try {
      const program = join(directory, "endless.mjs");
      await build({
        stdin: {
          contents: `
            import { endQuietlyOnBrokenPipe, writePieces } from ${JSON.stringify(SOURCE)};
            endQuietlyOnBrokenPipe(process.stdout, (code) => process.exit(code), (text) => console.error(text));
            function* endless() { for (;;) yield "x".repeat(9999) + "\\n"; }
            await writePieces(process.stdout, endless());`,
          resolveDir: directory,
        },
        outfile: program,
        bundle: true,
        platform: "node",
        format: "esm",
      });
      const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
      let complaint = "";
      child.stderr.on("data", (chunk: Buffer) => {
        complaint += chunk.toString();
      });
      const ended = once(child, "close");
      await once(child.stdout, "data");
      child.stdout.destroy();
      expect(await ended).toEqual([0, null]);
      expect(complaint).toBe("");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("calls for exit code 0", () => {
    const codes: number[] = [];
    const stream = new PassThrough();
    endQuietlyOnBrokenPipe(
      stream,
      (code) => codes.push(code),
      () => undefined,
    );
    stream.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(codes).toEqual([0]);
  });

  it("is not mistaken for other errors, which are named and end with 1", () => {
    const said: unknown[] = [];
    const stream = new PassThrough();
    endQuietlyOnBrokenPipe(
      stream,
      (code) => said.push(code),
      (text) => said.push(text),
    );
    stream.emit("error", Object.assign(new Error("no space left"), { code: "ENOSPC" }));
    expect(said).toEqual([expect.stringMatching(/no space left.*free some space/), 1]);
  });
});

describe("writePieces", () => {
  it("waits for a slow reader instead of filling the memory", async () => {
    let held = 0;
    let mostHeld = 0;
    const slow = new Writable({
      highWaterMark: 4,
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        setImmediate(() => {
          held -= chunk.length;
          done();
        });
      },
    });
    function* pieces() {
      for (let i = 0; i < 100; i++) {
        held += 4;
        mostHeld = Math.max(mostHeld, held);
        yield "abcd";
      }
    }
    await writePieces(slow, pieces());
    expect(mostHeld).toBeLessThanOrEqual(8);
  });
});
