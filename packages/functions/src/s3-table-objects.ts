import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { s3Answer } from "./s3-answers.js";
import { putIf } from "./s3-conditional-put.js";
import type { TableObject, TableObjects } from "./table-objects.js";

// An object's ETag says nothing of its content when the bucket encrypts with KMS; its own metadata does.
const DIGEST = "content-sha256";
const COLLECTED_AT = "collected-at";

/** The tables' objects in a bucket. */
export class S3TableObjects implements TableObjects {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async describe(key: string): Promise<TableObject | undefined> {
    try {
      const { ETag, Metadata = {} } = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.#bucket, Key: key }),
      );
      if (ETag === undefined) return undefined;
      const collectedAt = Number(Metadata[COLLECTED_AT] ?? Number.NaN);
      return {
        etag: ETag,
        digest: Metadata[DIGEST],
        collectedAt: Number.isFinite(collectedAt) ? collectedAt : undefined,
      };
    } catch (error) {
      if (s3Answer(error) === "missing") return undefined;
      throw error;
    }
  }

  async write(
    key: string,
    content: Uint8Array,
    about: { readonly digest: string; readonly collectedAt: number },
    expectedEtag: string | undefined,
  ): Promise<boolean> {
    const object = {
      Bucket: this.#bucket,
      Key: key,
      Body: content,
      ContentType: "application/x-ndjson",
      Metadata: { [DIGEST]: about.digest, [COLLECTED_AT]: String(about.collectedAt) },
    };
    return putIf(this.#client, object, expectedEtag);
  }
}
