import { setTimeout } from "node:timers/promises";
import type { InputStore } from "../ingest/stored-bytes.js";
import type { S3Buckets } from "./s3-buckets.js";
import { S3Location } from "./s3-location.js";
import { S3Object, type Wait } from "./s3-object.js";

/** Objects by their `s3://` paths. */
export class S3Store implements InputStore {
  readonly #buckets: S3Buckets;
  readonly #wait: Wait;

  constructor(buckets: S3Buckets, wait: Wait = (ms) => setTimeout(ms)) {
    this.#buckets = buckets;
    this.#wait = wait;
  }

  /** Costs one call, whose answer the first `stream(0)` reads. */
  async open(path: string): Promise<S3Object> {
    return S3Object.open(this.#buckets, S3Location.parse(path), this.#wait);
  }
}
