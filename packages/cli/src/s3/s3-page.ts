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
  readonly next?: S3PageMark;
}

/** Where a list goes on. */
export interface S3PageMark {
  readonly token: string;
  /** The last key or folder so far; undefined before the first. */
  readonly last: string | undefined;
  /** Pages since then that held nothing. */
  readonly empty: number;
}

export interface S3PageRequest {
  readonly prefix: string;
  /** Only what lies directly below the prefix. */
  readonly level?: boolean;
  /** As the page before gave it. */
  readonly after?: S3PageMark;
  readonly maxKeys?: number;
}

/** Pages without a key, one after the other: S3 gives some where many objects were deleted. */
const MAX_EMPTY_PAGES = 1000;
/** Directory buckets, which alone list their keys in no order (S3 API reference, ListObjectsV2). */
const DIRECTORY_BUCKET = /--x-s3$/;

/** Asks for a page of at most a thousand keys. Throws ConfigurationError, and TributaryError `endless-list` where pages come again. */
export async function s3Page(
  buckets: S3Buckets,
  location: S3Location,
  { prefix, level = false, after, maxKeys }: S3PageRequest,
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
        ...(after === undefined ? {} : { ContinuationToken: after.token }),
        ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
      }),
    );
    buckets.count("list", answer);
  } catch (error) {
    buckets.count("list", error);
    throw bucketFailure(error, bucket, buckets.endpoint);
  }
  if (answer.IsTruncated === undefined && answer.KeyCount === undefined && answer.Name === undefined) {
    // Something else answered, a proxy perhaps: it must not be taken for an empty bucket.
    throw new TributaryError(
      "store-failed",
      `what answered for ${bucket} does not speak S3: check --endpoint, and any proxy on the way`,
    );
  }
  const { Contents = [], CommonPrefixes = [], IsTruncated, NextContinuationToken: token, EncodingType } = answer;
  const decode = EncodingType === "url" ? decodedKey : (text: string) => text;
  const objects = Contents.map(({ Key = "", Size: size = 0, ETag }) => {
    const etag = plainEtag(ETag);
    return { key: decode(Key), size, ...(etag === undefined ? {} : { etag }) };
  });
  const folders = CommonPrefixes.map(({ Prefix = "" }) => decode(Prefix));
  if (IsTruncated !== true) return { objects, folders };
  const last = laterOf(objects.at(-1)?.key, folders.at(-1));
  const empty = last === undefined ? (after?.empty ?? 0) + 1 : 0;
  if (token === undefined || token === after?.token || empty > MAX_EMPTY_PAGES) {
    throw endless(bucket, prefix, "gives no next page");
  }
  const isOrdered = !DIRECTORY_BUCKET.test(bucket);
  if (isOrdered && last !== undefined && after?.last !== undefined && !isAfter(last, after.last)) {
    throw endless(
      bucket,
      prefix,
      `gives pages in no order, ${JSON.stringify(last)} after ${JSON.stringify(after.last)}`,
    );
  }
  return { objects, folders, next: { token, last: last ?? after?.last, empty } };
}

function endless(bucket: string, prefix: string, why: string): TributaryError {
  return new TributaryError(
    "endless-list",
    `the list of ${bucket}/${prefix} does not end: the store ${why}, name a deeper prefix`,
  );
}

function laterOf(key: string | undefined, folder: string | undefined): string | undefined {
  return key === undefined || (folder !== undefined && isAfter(folder, key)) ? folder : key;
}

/** In the order of UTF-8, which is that of lists. */
const isAfter = (name: string, other: string): boolean => Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0;

function decodedKey(text: string): string {
  return text.includes("%") || text.includes("+") ? decodeURIComponent(text.replaceAll("+", " ")) : text;
}
