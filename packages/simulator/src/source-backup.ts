import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { BoundedTasks } from "./bounded-tasks.js";
import type { Measurements } from "./measurements.js";
import { type ObjectNames, objectKey } from "./object-key.js";
import { dataLength, toBytes } from "./record.js";
import type { Buffering, SourceBackup } from "./stream-options.js";
import { backupPrefix } from "./stream-prefixes.js";

const compress = promisify(gzip);

/** Buffers source records as they came and writes them as objects; base64 is undone only when an object is written. */
export class SourceBackupBuffer {
  readonly #prefix;
  #data: (string | Uint8Array)[] = [];
  #bytes = 0;
  #openedAt = 0;

  constructor(
    private readonly backup: SourceBackup,
    private readonly buffering: Buffering,
    private readonly stream: string,
    private readonly names: ObjectNames,
    private readonly tasks: BoundedTasks,
    private readonly measurements: Measurements,
  ) {
    this.#prefix = backupPrefix(backup);
  }

  /** When the oldest record has waited long enough; undefined while empty. */
  get dueAt(): number | undefined {
    return this.#data.length > 0 ? this.#openedAt + this.buffering.ms : undefined;
  }

  add(data: string | Uint8Array, arrivedAt: number): void {
    const dueAt = this.dueAt;
    if (dueAt !== undefined && dueAt < arrivedAt) this.deliver(dueAt);
    if (this.#data.length === 0) this.#openedAt = arrivedAt;
    this.#data.push(data);
    this.#bytes += dataLength(data);
    if (this.#bytes >= this.buffering.bytes) this.deliver(arrivedAt);
  }

  deliver(at: number): void {
    if (this.#data.length === 0) return;
    const data = this.#data;
    const bytes = this.#bytes;
    const time = this.#openedAt;
    this.#data = [];
    this.#bytes = 0;
    const gzipped = this.backup.compression === "GZIP";
    const prefix = this.#prefix.evaluate({ time, randomString: () => this.names.randomString() });
    const key = objectKey(prefix, this.stream, time, this.names.uuid(), gzipped ? ".gz" : "");
    this.tasks.add(async () => {
      const plain = Buffer.concat(data.map(toBytes));
      const body = gzipped ? await compress(plain) : plain;
      await this.backup.destination.put({ key, body, records: data.length, bytes, deliveredAt: at });
      this.measurements.backupObjects++;
      this.measurements.backupRecords += data.length;
      this.measurements.backupBytes += bytes;
    });
  }
}
