import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { type S3Settings, s3Client } from "./s3-client.js";
import type { S3Location } from "./s3-location.js";
import { bucketFailure } from "./s3-problem.js";

/** Calls of each kind that were made, those made again included. */
export interface S3Requests {
  list: number;
  get: number;
  head: number;
}

export interface S3BucketsOptions {
  /** A client for a region, that of the configuration if undefined. */
  readonly client?: (region: string | undefined) => Promise<S3Client>;
}

/** The clients of buckets, each in the region of its bucket. Amazon answers only there. */
export class S3Buckets {
  readonly requests: S3Requests = { list: 0, get: 0, head: 0 };
  readonly #settings: S3Settings;
  readonly #client: (region: string | undefined) => Promise<S3Client>;
  readonly #clients = new Map<string | undefined, Promise<S3Client>>();
  readonly #buckets = new Map<string, Promise<S3Client>>();

  constructor(settings: S3Settings, { client = (region) => s3Client(settings, region) }: S3BucketsOptions = {}) {
    this.#settings = settings;
    this.#client = client;
  }

  get endpoint(): string | undefined {
    return this.#settings.endpoint;
  }

  /** Throws ConfigurationError when there are no credentials or the store cannot be reached. */
  clientOf(location: S3Location): Promise<S3Client> {
    const { bucket } = location;
    let client = this.#buckets.get(bucket);
    if (client === undefined) {
      client = this.#find(location);
      this.#buckets.set(bucket, client);
    }
    return client;
  }

  /** Counts a call by its answer or its error. */
  count(kind: keyof S3Requests, answer: unknown): void {
    const { $metadata } = (answer ?? {}) as { readonly $metadata?: { readonly attempts?: unknown } };
    this.requests[kind] += typeof $metadata?.attempts === "number" ? $metadata.attempts : 1;
  }

  async destroy(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    for (const client of clients) if (client.status === "fulfilled") client.value.destroy();
  }

  async #find({ bucket, region }: S3Location): Promise<S3Client> {
    if (region !== undefined) return this.#clientFor(region);
    const client = await this.#clientFor(undefined);
    // Stores of others have no regions worth asking for.
    if (this.endpoint !== undefined) return client;
    const found = await this.#regionOf(bucket, client);
    return found === undefined || found === (await client.config.region()) ? client : this.#clientFor(found);
  }

  async #regionOf(bucket: string, client: S3Client): Promise<string | undefined> {
    try {
      const answer = await client.send(new HeadBucketCommand({ Bucket: bucket }));
      this.count("head", answer);
      return answer.BucketRegion;
    } catch (error) {
      this.count("head", error);
      const { $response } = error as { readonly $response?: { readonly headers?: Readonly<Record<string, string>> } };
      // An answer, even one that denies: it names the region, or the call that follows says what is wrong.
      if ($response !== undefined) return $response.headers?.["x-amz-bucket-region"];
      throw bucketFailure(error, bucket, this.endpoint);
    }
  }

  #clientFor(region: string | undefined): Promise<S3Client> {
    let client = this.#clients.get(region);
    if (client === undefined) {
      client = this.#client(region);
      this.#clients.set(region, client);
    }
    return client;
  }
}
