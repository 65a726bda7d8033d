import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { ConfigurationError } from "@tributary/flow";
import type { InventorySnapshot } from "./inventory.js";
import { checkedSnapshot } from "./snapshot-check.js";
import { fromColumns, type SnapshotColumns, toColumns } from "./snapshot-columns.js";

/**
 * The file of a snapshot: 8 bytes that tell what it is, the version (2 bytes, big-endian), SHA-256 (32 bytes) of the version and
 * everything after the checksum, then the columns of the snapshot as gzipped JSON. Every version begins like this.
 */
const MAGIC = Buffer.from("\x89TRIBINV", "latin1");
const VERSION_BYTES = 2;
const CHECKSUM_BYTES = 32;
const HEADER_BYTES = MAGIC.length + VERSION_BYTES + CHECKSUM_BYTES;

/** What this code writes, and the newest that it reads. */
const VERSION = 1;

/** Unpacked, some thirty times the inventory of 5,000 interfaces and 1,000 groups; more is no inventory but an attack on the memory. */
export const MAX_SNAPSHOT_BYTES = 128 * 1024 * 1024;

/** The snapshot as the bytes of its file. Throws `ConfigurationError` (`snapshot-too-large`) if it takes more than `maxBytes` unpacked. */
export function encodeSnapshot(snapshot: InventorySnapshot, maxBytes = MAX_SNAPSHOT_BYTES): Buffer {
  const json = Buffer.from(JSON.stringify(toColumns(snapshot)));
  if (json.length > maxBytes) {
    throw new ConfigurationError(
      "snapshot-too-large",
      `the inventory of ${snapshot.accountId} in ${snapshot.region} takes ${json.length} bytes, more than ${maxBytes}: keep former states for a shorter time`,
    );
  }
  const version = Buffer.alloc(VERSION_BYTES);
  version.writeUInt16BE(VERSION);
  const payload = gzipSync(json);
  return Buffer.concat([MAGIC, version, checksum(version, payload), payload]);
}

/** Whether a file that begins like this is a snapshot, of whatever version. */
export function isSnapshot(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * The snapshot of a file's bytes; `name` is said in errors. Throws `ConfigurationError`: `not-a-snapshot`, `damaged-snapshot`,
 * `newer-snapshot`. The checksum is tested before anything is unpacked.
 */
export function decodeSnapshot(bytes: Uint8Array, name: string): InventorySnapshot {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isSnapshot(file)) {
    throw new ConfigurationError(
      "not-a-snapshot",
      `${name} is not a snapshot of an inventory: give a file that "tributary inventory collect" or the collector wrote`,
    );
  }
  const version = file.subarray(MAGIC.length, MAGIC.length + VERSION_BYTES);
  const payload = file.subarray(HEADER_BYTES);
  const stated = file.subarray(MAGIC.length + VERSION_BYTES, HEADER_BYTES);
  if (!stated.equals(checksum(version, payload))) throw damaged(name, "its checksum is wrong");
  const number = version.readUInt16BE();
  if (number === 0) throw damaged(name, "there is no version 0");
  if (number > VERSION) {
    throw new ConfigurationError(
      "newer-snapshot",
      `${name} is a snapshot of version ${number}, and this Tributary reads versions up to ${VERSION}: update it, or write the snapshot again with this one`,
    );
  }
  try {
    const json = gunzipSync(payload, { maxOutputLength: MAX_SNAPSHOT_BYTES }).toString();
    return checkedSnapshot(fromColumns(JSON.parse(json) as SnapshotColumns));
  } catch (error) {
    // The checksum was right: it was written like this.
    throw damaged(name, `its content cannot be read (${(error as Error).message.slice(0, 80)})`, error);
  }
}

function checksum(version: Buffer, payload: Buffer): Buffer {
  return createHash("sha256").update(version).update(payload).digest();
}

function damaged(name: string, problem: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    "damaged-snapshot",
    `${name} is damaged: ${problem}; take an earlier version of it, or collect the inventory again`,
    { cause },
  );
}
