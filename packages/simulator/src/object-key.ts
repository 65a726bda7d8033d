import { compileTimestampPattern } from "./timestamp-pattern.js";

/** Where the parts of object keys that the service draws at random come from. */
export interface ObjectNames {
  uuid(): string;
  /** 11 characters. */
  randomString(): string;
}

/**
 * Names that count up, so that two runs over the same input write the same keys. `series` (0 to 4,294,967,295) keeps runs apart
 * that write to one place; without it a second run over the same second would reuse the keys of the first.
 */
export function countedNames(series = 0): ObjectNames {
  const head = (series >>> 0).toString(16).padStart(8, "0");
  let count = 0;
  return {
    uuid: () => `${head}-0000-4000-8000-${(++count).toString(16).padStart(12, "0")}`,
    randomString: () => `${head.slice(5)}${(++count).toString(16).padStart(8, "0")}`,
  };
}

const suffixTime = compileTimestampPattern("yyyy-MM-dd-HH-mm-ss");

/** Streams here are never updated, so they stay at the version of their creation. */
const STREAM_VERSION = 1;

/**
 * `<prefix><stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>` (Data Firehose developer guide, "Amazon S3 object names").
 * `time` is the arrival of the oldest record, ms.
 */
export function objectKey(prefix: string, stream: string, time: number, uuid: string, extension: string): string {
  return `${prefix}${stream}-${STREAM_VERSION}-${suffixTime(time)}-${uuid}${extension}`;
}
