import { createHash } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ByteSource, headOf, StandardInput, StoredSource } from "../../packages/cli/src/ingest/byte-source.js";
import { HEAD_BYTES } from "../../packages/cli/src/ingest/input-kind.js";
import { UnreadableInput } from "../../packages/cli/src/ingest/input-problem.js";
import type { StoredBytes } from "../../packages/cli/src/ingest/stored-bytes.js";
import { SeededRandom } from "../support/seeded-random.js";

const TEXT = Buffer.from(Array.from({ length: 40_000 }, (_, line) => `line ${line} of some text\n`).join(""));
/** Does not get smaller in gzip, so that its beginning is only a part of what is stored. */
const random = new SeededRandom(20_261_121);
const NOISE = Buffer.alloc(600_000).map(() => random.integer(0, 255)) as Buffer;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Bytes in pieces, which know how often they are fetched and what is still open of that. */
class CountedBytes implements StoredBytes {
  readonly path = "counted";
  fetched = 0;
  open = 0;

  constructor(
    readonly bytes: Buffer,
    private readonly piece = 50_000,
    /** Breaks off here. */
    private readonly breakAt = Number.POSITIVE_INFINITY,
  ) {}

  get size(): number {
    return this.bytes.length;
  }

  async *stream(from: number): AsyncIterable<Buffer> {
    this.fetched++;
    this.open++;
    try {
      for (let at = from; at < this.size; at += this.piece) {
        if (at >= this.breakAt) throw new UnreadableInput("unreadable", "the network broke");
        yield this.bytes.subarray(at, at + this.piece);
      }
    } finally {
      this.open--;
    }
  }

  async range(from: number, to: number): Promise<Buffer> {
    return this.bytes.subarray(from, to);
  }

  async close(): Promise<void> {}
}

interface Content {
  readonly content: Buffer;
  readonly problem?: UnreadableInput;
}

/** What comes before the end or the error. */
async function contentOf(source: ByteSource, from = 0): Promise<Content> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of source.chunks(from)) chunks.push(chunk);
    return { content: Buffer.concat(chunks) };
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    return { content: Buffer.concat(chunks), problem: error };
  }
}

const FORMS: readonly (readonly [form: string, pack: (bytes: Buffer) => Buffer])[] = [
  ["plain", (bytes) => bytes],
  ["gzip", (bytes) => gzipSync(bytes)],
  ["gzip of two members", (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 9)), gzipSync(bytes.subarray(9))])],
];

describe.each(FORMS)("stored bytes, %s", (_form, pack) => {
  it.each([
    ["text", TEXT],
    ["noise", NOISE],
    ["a few bytes", Buffer.from("few\n")],
    ["a single byte", Buffer.from("1")],
    ["nothing", Buffer.alloc(0)],
  ])("of %s are fetched once although their head is looked at first", async (_what, bytes) => {
    const stored = new CountedBytes(pack(bytes));
    const source = new StoredSource(stored, true);
    expect((await headOf(source)).equals(bytes.subarray(0, HEAD_BYTES))).toBe(true);
    expect((await headOf(source)).equals(bytes.subarray(0, HEAD_BYTES))).toBe(true);
    expect((await contentOf(source)).content.equals(bytes)).toBe(true);
    expect(await source.sha256()).toBe(sha256(stored.bytes));
    expect(stored.fetched).toBe(1);
    await source.close();
    expect(stored.open).toBe(0);
  });

  it("give all again to whoever asks again", async () => {
    const source = new StoredSource(new CountedBytes(pack(TEXT)));
    await contentOf(source);
    expect((await contentOf(source)).content.equals(TEXT)).toBe(true);
  });

  it.each([1, 65_535, 65_536, 65_537, 300_000, TEXT.length])("are read from byte %d on", async (from) => {
    const stored = new CountedBytes(pack(TEXT));
    const source = new StoredSource(stored, true);
    await headOf(source);
    const { content, problem } = await contentOf(source, from);
    expect(problem).toBeUndefined();
    expect(content.equals(TEXT.subarray(from))).toBe(true);
    expect(await source.sha256()).toBe(sha256(stored.bytes));
    await source.close();
    expect(stored.open).toBe(0);
  });

  it("are named as changed when they end before where they are to be read on", async () => {
    const source = new StoredSource(new CountedBytes(pack(TEXT)));
    await headOf(source);
    expect((await contentOf(source, TEXT.length + 1)).problem?.reason).toBe("changed");
  });

  it("are let go of when only their head was looked at", async () => {
    const stored = new CountedBytes(pack(NOISE));
    const source = new StoredSource(stored);
    await headOf(source);
    expect(stored.open).toBe(1);
    await source.close();
    expect(stored.open).toBe(0);
  });

  it("that come byte by byte are recognised all the same", async () => {
    const bytes = Buffer.from("some lines\n".repeat(20));
    expect((await contentOf(new StoredSource(new CountedBytes(pack(bytes), 1)))).content.equals(bytes)).toBe(true);
    const stream = Readable.from([...pack(bytes)].map((byte) => Buffer.of(byte)));
    expect((await contentOf(new StandardInput(stream))).content.equals(bytes)).toBe(true);
  });

  it.each([10_000, 500_000])("whose transfer breaks at %d are not taken for complete", async (breakAt) => {
    const packed = pack(NOISE);
    const source = new StoredSource(new CountedBytes(packed, 5000, breakAt));
    await headOf(source);
    const { content, problem } = await contentOf(source);
    expect(problem?.message).toBe("the network broke");
    expect(content.length).toBeGreaterThan(0);
    expect(content.equals(NOISE.subarray(0, content.length))).toBe(true);
    await source.close();
  });
});

describe("gzip", () => {
  const DAMAGE: readonly (readonly [what: string, reason: string, damage: (packed: Buffer) => Buffer])[] = [
    ["is cut off in its head", "cut-off", (packed) => packed.subarray(0, 3000)],
    ["is cut off far behind its head", "cut-off", (packed) => packed.subarray(0, packed.length - 2000)],
    ["is damaged in its head", "bad-gzip", (packed) => damagedBehind(3000, packed)],
    ["is damaged far behind its head", "bad-gzip", (packed) => damagedBehind(500_000, packed)],
    ["has a wrong checksum", "bad-gzip", (packed) => Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)])],
    ["has bytes after its end", "bad-gzip", (packed) => Buffer.concat([packed, Buffer.from("more")])],
  ];

  it.each(DAMAGE)("that %s gives what is good before it says so", async (_what, reason, damage) => {
    const packed = damage(gzipSync(NOISE));
    const sources = {
      stored: new StoredSource(new CountedBytes(packed)),
      standardInput: new StandardInput(Readable.from([packed.subarray(0, 1000), packed.subarray(1000)])),
    };
    for (const [name, source] of Object.entries(sources)) {
      const head = await headOf(source);
      const { content, problem } = await contentOf(source);
      expect(problem?.reason, name).toBe(reason);
      expect(content.length, name).toBeGreaterThan(0);
      expect(content.equals(NOISE.subarray(0, content.length)), name).toBe(true);
      expect(head.equals(content.subarray(0, HEAD_BYTES)), name).toBe(true);
    }
  });

  /** A member with so much of the content, and one whose first block is of no known type. */
  function damagedBehind(length: number, packed: Buffer): Buffer {
    const header = packed.subarray(0, 10);
    return Buffer.concat([gzipSync(NOISE.subarray(0, length)), header, Buffer.alloc(5000, 0x07)]);
  }
});

describe("standard input", () => {
  it("is read once, its head included", async () => {
    const source = new StandardInput(Readable.from([TEXT.subarray(0, 100_000), TEXT.subarray(100_000)]));
    expect((await headOf(source)).equals(TEXT.subarray(0, HEAD_BYTES))).toBe(true);
    expect((await contentOf(source)).content.equals(TEXT)).toBe(true);
    expect(source.bytesRead).toBe(TEXT.length);
  });

  it("that fails in its head gives what came, and the failure to whoever reads on", async () => {
    const stream = new PassThrough();
    stream.write("the beginning\n");
    const source = new StandardInput(stream);
    const head = headOf(source);
    stream.destroy(new Error("the pipe broke"));
    // A pipe that is destroyed gives nothing of what it held.
    const looked = await head.catch((error: unknown) => error);
    const { problem } = await contentOf(source);
    expect(looked).toBeDefined();
    expect(problem?.message).toContain("the pipe broke");
  });

  it("that fails after some pieces is not taken for complete, however often it is asked", async () => {
    async function* pieces(): AsyncGenerator<Buffer> {
      yield Buffer.from("one\n");
      yield Buffer.from("two\n");
      throw new Error("the pipe broke");
    }
    const source = new StandardInput(Readable.from(pieces(), { highWaterMark: 1 }));
    await headOf(source).catch(() => undefined);
    for (let time = 0; time < 2; time++) {
      const { problem } = await contentOf(source);
      expect(problem?.message).toContain("the pipe broke");
    }
  });
});
