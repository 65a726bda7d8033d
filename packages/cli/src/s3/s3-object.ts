import { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { UnreadableInput } from "../ingest/input-problem.js";
import type { StoredBytes } from "../ingest/stored-bytes.js";
import type { S3Buckets } from "./s3-buckets.js";
import type { S3Location } from "./s3-location.js";
import { changedMeanwhile, objectFailure } from "./s3-problem.js";

/** Times that a transfer may break off one after the other without giving a byte. */
const MAX_BREAKS = 6;
/** Times that it may break off at all, and once more for each so many bytes: a call costs money, whatever it gives. */
const MAX_ALL_BREAKS = 10;
const BYTES_PER_BREAK = 1_048_576;
const FIRST_WAIT = 200;
const MAX_WAIT = 10_000;

/** Waits ms before a transfer that broke off is continued. */
export type Wait = (ms: number) => Promise<void>;

/** An object as it was when it was opened; its bytes are those of that moment, or reading fails as `changed`. */
export class S3Object implements StoredBytes {
  /** The answer of the opening, until its bytes are read. */
  #unread: Readable | undefined;
  #active: Readable | undefined;
  #closed = false;

  readonly path: string;
  readonly etag?: string;
  readonly #buckets: S3Buckets;
  readonly #location: S3Location;
  readonly #wait: Wait;

  private constructor(
    buckets: S3Buckets,
    location: S3Location,
    wait: Wait,
    readonly size: number,
    etag: string | undefined,
    body: Readable,
  ) {
    this.path = location.pathOf(location.prefix);
    if (etag !== undefined) this.etag = etag;
    this.#buckets = buckets;
    this.#location = location;
    this.#wait = wait;
    if (size === 0) body.resume();
    else this.#unread = body;
  }

  /** Begins to fetch the object whose key is the location's prefix. Throws UnreadableInput and ConfigurationError. */
  static async open(buckets: S3Buckets, location: S3Location, wait: Wait): Promise<S3Object> {
    const answer = await getObject(buckets, location, {});
    const body = bodyOf(answer);
    const { ContentLength: size, ETag: etag } = answer;
    if (size === undefined) {
      body.destroy();
      throw new UnreadableInput(
        "unreadable",
        "the store does not say how long it is: copy it to a disk and read it there",
      );
    }
    return new S3Object(buckets, location, wait, size, plainEtag(etag), body);
  }

  stream(from: number): AsyncIterable<Buffer> {
    return this.#bytes(from, this.size);
  }

  async range(from: number, to: number): Promise<Buffer> {
    // Who reads pieces rarely wants the whole.
    this.#unread?.destroy();
    this.#unread = undefined;
    const pieces: Buffer[] = [];
    for await (const piece of this.#bytes(from, Math.min(to, this.size))) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unread?.destroy();
    this.#active?.destroy();
    this.#unread = undefined;
    this.#active = undefined;
  }

  /** The bytes from `from` up to `to`; where a transfer breaks off it is continued. */
  async *#bytes(from: number, to: number): AsyncGenerator<Buffer> {
    let at = from;
    let breaks = 0;
    let breaksLeft = MAX_ALL_BREAKS + Math.floor((to - from) / BYTES_PER_BREAK);
    while (at < to && !this.#closed) {
      const body = (at === 0 && to === this.size ? this.#takeUnread() : undefined) ?? (await this.#get(at, to));
      const before = at;
      this.#active = body;
      let broken: unknown;
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          const piece = chunk.length > to - at ? chunk.subarray(0, to - at) : chunk;
          at += piece.length;
          if (piece.length > 0) yield piece;
        }
      } catch (error) {
        broken = error;
      } finally {
        body.destroy();
      }
      if (at >= to || this.#closed) return;
      breaks = at > before ? 0 : breaks + 1;
      if (breaks > MAX_BREAKS || breaksLeft-- === 0) throw this.#brokenOff(at, broken);
      await this.#wait(Math.min(FIRST_WAIT * 2 ** breaks, MAX_WAIT));
    }
  }

  #brokenOff(at: number, cause: unknown): UnreadableInput {
    const why = cause instanceof Error ? ` (${cause.message})` : "";
    return new UnreadableInput(
      "unreadable",
      `its transfer broke off again and again after ${at} of ${this.size} bytes${why}: check the network and run the same command again`,
    );
  }

  #takeUnread(): Readable | undefined {
    const body = this.#unread;
    this.#unread = undefined;
    return body;
  }

  async #get(from: number, to: number): Promise<Readable> {
    const answer = await getObject(this.#buckets, this.#location, {
      Range: `bytes=${from}-${to - 1}`,
      ...(this.etag === undefined ? {} : { IfMatch: `"${this.etag}"` }),
    });
    const body = bodyOf(answer);
    // Some stores do not look at conditions.
    if (plainEtag(answer.ETag) !== this.etag) {
      body.destroy();
      throw changedMeanwhile();
    }
    const { ContentRange: range } = answer;
    const begins = range === undefined ? 0 : firstByte(range);
    if (begins !== from || (range === undefined && to < this.size)) {
      body.destroy();
      throw new UnreadableInput(
        "unreadable",
        `the store does not give parts of objects as they are asked for (${range ?? "all"} for what begins at byte ${from}): copy it to a disk and read it there`,
      );
    }
    return body;
  }
}

/** Where the bytes of an answer begin, by its Content-Range (RFC 9110, section 14.4); undefined when it does not say. */
function firstByte(range: string): number | undefined {
  const [, first] = /^bytes (\d{1,15})-/i.exec(range) ?? [];
  return first === undefined ? undefined : Number(first);
}

/** An ETag without the quotes that belong to the header; stores differ in whether lists have them. */
export function plainEtag(etag: string | undefined): string | undefined {
  return etag?.replace(/^"(.*)"$/, "$1");
}

async function getObject(
  buckets: S3Buckets,
  location: S3Location,
  condition: { readonly Range?: string; readonly IfMatch?: string },
): Promise<GetObjectCommandOutput> {
  const { bucket, prefix: key } = location;
  const client = await buckets.clientOf(location);
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...condition }));
    buckets.count("get", answer);
    return answer;
  } catch (error) {
    buckets.count("get", error);
    throw objectFailure(error, bucket, buckets.endpoint);
  }
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  // A connection may break while nobody reads; whoever reads then meets it.
  if (Body instanceof Readable) return Body.on("error", () => {});
  throw new UnreadableInput("unreadable", "the store answered without its bytes: run the same command again");
}
