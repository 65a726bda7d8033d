import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { TributaryError } from "@tributary/flow";
import type { S3Buckets } from "./s3-buckets.js";
import type { S3Location } from "./s3-location.js";
import { plainEtag } from "./s3-object.js";
import { bucketFailure } from "./s3-problem.js";

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag?: string;
}

/** One answer of a list; both parts in order of UTF-8. */
export interface S3Page {
  readonly objects: readonly ListedObject[];
  /** With their slash; only of a list of one level. */
  readonly folders: readonly string[];
  /** Asks for the next page, if there is one. */
  readonly next?: string;
}

export interface S3PageRequest {
  readonly prefix: string;
  /** Only what lies directly below the prefix. */
  readonly level?: boolean;
  /** As the page before gave it. */
  readonly token?: string;
  readonly maxKeys?: number;
}

/** Asks for a page of at most a thousand keys. Throws ConfigurationError and TributaryError. */
export async function s3Page(
  buckets: S3Buckets,
  location: S3Location,
  { prefix, level = false, token, maxKeys }: S3PageRequest,
): Promise<S3Page> {
  const { bucket } = location;
  const client = await buckets.clientOf(location);
  let answer: ListObjectsV2CommandOutput;
  try {
    answer = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        // XML cannot hold every character of a key.
        EncodingType: "url",
        ...(level ? { Delimiter: "/" } : {}),
        ...(token === undefined ? {} : { ContinuationToken: token }),
        ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
      }),
    );
    buckets.count("list", answer);
  } catch (error) {
    buckets.count("list", error);
    throw bucketFailure(error, bucket, buckets.endpoint);
  }
  const { Contents = [], CommonPrefixes = [], IsTruncated, NextContinuationToken: next, EncodingType } = answer;
  if (IsTruncated === true && (next === undefined || next === token)) {
    throw new TributaryError(
      "endless-list",
      `the list of ${bucket}/${prefix} does not end: the store gives no next page, name a deeper prefix`,
    );
  }
  const decode = EncodingType === "url" ? decodedKey : (text: string) => text;
  return {
    objects: Contents.map(({ Key = "", Size: size = 0, ETag }) => {
      const etag = plainEtag(ETag);
      return { key: decode(Key), size, ...(etag === undefined ? {} : { etag }) };
    }),
    folders: CommonPrefixes.map(({ Prefix = "" }) => decode(Prefix)),
    ...(IsTruncated === true && next !== undefined ? { next } : {}),
  };
}

function decodedKey(text: string): string {
  return text.includes("%") || text.includes("+") ? decodeURIComponent(text.replaceAll("+", " ")) : text;
}
