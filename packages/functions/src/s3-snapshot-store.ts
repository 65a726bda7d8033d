import { Readable } from "node:stream";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { BUCKET_SNAPSHOT_SUFFIX } from "@tributary/context";
import { TributaryError } from "@tributary/flow";
import { s3Answer } from "./s3-answers.js";
import { putIf } from "./s3-conditional-put.js";
import type { SnapshotEntry, SnapshotStore, StoredSnapshot } from "./snapshot-store.js";

export interface S3SnapshotStoreOptions {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
  /** A bucket with more snapshots is refused. */
  readonly maxSnapshots?: number;
  /** A larger snapshot is refused. */
  readonly maxBytes?: number;
}

const MAX_SNAPSHOTS = 1000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Snapshots at `<prefix>/<account>/<region>.snapshot`. */
export class S3SnapshotStore implements SnapshotStore {
  readonly #client: S3Client;
  readonly #options: Required<S3SnapshotStoreOptions>;

  constructor(client: S3Client, options: S3SnapshotStoreOptions) {
    this.#client = client;
    this.#options = { maxSnapshots: MAX_SNAPSHOTS, maxBytes: MAX_BYTES, ...options };
  }

  async list(): Promise<readonly SnapshotEntry[]> {
    const { bucket, prefix, maxSnapshots } = this.#options;
    const entries: SnapshotEntry[] = [];
    const answers = paginateListObjectsV2({ client: this.#client }, { Bucket: bucket, Prefix: `${prefix}/` });
    for await (const { Contents = [] } of answers) {
      for (const { Key = "", ETag = "", Size: bytes } of Contents) {
        if (!Key.endsWith(BUCKET_SNAPSHOT_SUFFIX)) continue;
        entries.push({ name: Key.slice(prefix.length + 1, -BUCKET_SNAPSHOT_SUFFIX.length), etag: ETag, bytes });
      }
      if (entries.length > maxSnapshots) {
        throw new TributaryError(
          "too-many-snapshots",
          `more than ${maxSnapshots} snapshots below ${bucket}/${prefix}: give each stage a prefix of its own`,
        );
      }
    }
    return entries;
  }

  async read(name: string, knownEtag?: string): Promise<StoredSnapshot | "unchanged" | undefined> {
    const { bucket, maxBytes } = this.#options;
    try {
      const { Body, ETag, ContentLength } = await this.#client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: this.#key(name),
          ...(knownEtag === undefined ? {} : { IfNoneMatch: knownEtag }),
        }),
      );
      if (ContentLength !== undefined && ContentLength > maxBytes) {
        if (Body instanceof Readable) Body.destroy();
        throw new TributaryError(
          "snapshot-too-large",
          `the snapshot ${name} has ${ContentLength} bytes, more than ${maxBytes}: keep tombstones for fewer days`,
        );
      }
      const bytes = await Body?.transformToByteArray();
      return ETag === undefined || bytes === undefined ? undefined : { etag: ETag, bytes: Buffer.from(bytes) };
    } catch (error) {
      const answer = s3Answer(error);
      if (answer === "unchanged") return "unchanged";
      if (answer === "missing") return undefined;
      throw error;
    }
  }

  async write(name: string, bytes: Uint8Array, expectedEtag: string | undefined): Promise<boolean> {
    const object = {
      Bucket: this.#options.bucket,
      Key: this.#key(name),
      Body: bytes,
      ContentType: "application/octet-stream",
    };
    return putIf(this.#client, object, expectedEtag);
  }

  #key(name: string): string {
    return `${this.#options.prefix}/${name}${BUCKET_SNAPSHOT_SUFFIX}`;
  }
}
