import { base64Length } from "@tributary/transform";
import { type BufferedRecord, RECORD_ID_CHARACTERS } from "./record.js";
import { INVOCATION_PAYLOAD_BYTES_MAX } from "./service-limits.js";
import type { Buffering } from "./stream-options.js";

/** Records of one invocation, in order of their ids without a gap. */
export interface Batch<Tag> {
  readonly records: readonly BufferedRecord<Tag>[];
  /** Size of the request as JSON. */
  readonly requestBytes: number;
  /** When the buffer was full or due, ms. */
  readonly sealedAt: number;
}

const REQUEST_RECORD_OVERHEAD =
  JSON.stringify({
    recordId: "0".repeat(RECORD_ID_CHARACTERS),
    approximateArrivalTimestamp: 1_700_000_000_000,
    data: "",
  }).length + 1;
/** Room for invocationId, ARN and region. */
const REQUEST_ENVELOPE_BYTES = 512;

/**
 * Gathers records for the transformation until the hint's bytes are reached, its time is over, or the request would exceed 6 MB.
 * A batch exceeds the hint only when one record alone does.
 */
export class ProcessingBuffer<Tag> {
  #records: BufferedRecord<Tag>[] = [];
  #bytes = 0;
  #requestBytes = REQUEST_ENVELOPE_BYTES;

  constructor(
    private readonly buffering: Buffering,
    private readonly onBatch: (batch: Batch<Tag>) => void,
  ) {}

  /** When the oldest record has waited long enough; undefined while empty. */
  get dueAt(): number | undefined {
    const oldest = this.#records[0];
    return oldest && oldest.arrivedAt + this.buffering.ms;
  }

  /** `bytes`: decoded size of the record's data. */
  add(record: BufferedRecord<Tag>, bytes: number): void {
    const requestBytes = base64Length(bytes) + REQUEST_RECORD_OVERHEAD;
    if (
      this.#bytes + bytes > this.buffering.bytes ||
      this.#requestBytes + requestBytes > INVOCATION_PAYLOAD_BYTES_MAX
    ) {
      this.seal(record.arrivedAt);
    }
    this.#records.push(record);
    this.#bytes += bytes;
    this.#requestBytes += requestBytes;
    if (this.#bytes >= this.buffering.bytes) this.seal(record.arrivedAt);
  }

  /** Hands over what is there, if anything. */
  seal(at: number): boolean {
    if (this.#records.length === 0) return false;
    const batch = { records: this.#records, requestBytes: this.#requestBytes, sealedAt: at };
    this.#records = [];
    this.#bytes = 0;
    this.#requestBytes = REQUEST_ENVELOPE_BYTES;
    this.onBatch(batch);
    return true;
  }
}
