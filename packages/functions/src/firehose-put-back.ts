import { type FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { putRecords } from "@tributary/delivery";
import { ConfigurationError } from "@tributary/flow";
import type { PutBack } from "@tributary/transform";

export interface FirehosePutBackOptions {
  /** Calls for one record, the first included. */
  readonly attempts?: number;
  /** Waits before the given repetition (1 is the first). */
  readonly backOff: (repetition: number) => Promise<void>;
}

const ATTEMPTS = 3;

/** Puts records back on the delivery stream of their event. */
export class FirehosePutBack implements PutBack {
  readonly #client: FirehoseClient;
  readonly #options: FirehosePutBackOptions;

  constructor(client: FirehoseClient, options: FirehosePutBackOptions) {
    this.#client = client;
    this.#options = options;
  }

  async put(deliveryStreamArn: string, records: readonly { readonly data: string }[]): Promise<readonly boolean[]> {
    const DeliveryStreamName = streamName(deliveryStreamArn);
    return await putRecords(
      records.map(({ data }) => ({ data: Buffer.from(data) })),
      async (batch) => {
        const { RequestResponses = [] } = await this.#client.send(
          new PutRecordBatchCommand({ DeliveryStreamName, Records: batch.map(({ data }) => ({ Data: data })) }),
        );
        return RequestResponses.map(({ RecordId, ErrorCode }) => RecordId !== undefined && ErrorCode === undefined);
      },
      { attempts: this.#options.attempts ?? ATTEMPTS, backOff: this.#options.backOff },
    );
  }
}

/** `arn:aws:firehose:<region>:<account>:deliverystream/<name>`. */
function streamName(arn: string): string {
  const name = /^arn:[^:]+:firehose:[^:]*:\d{12}:deliverystream\/([A-Za-z0-9_.-]{1,64})$/.exec(arn)?.[1];
  if (name === undefined) {
    throw new ConfigurationError(
      "bad-stream",
      `"${arn}" names no delivery stream: call this function as a Firehose transformation`,
    );
  }
  return name;
}
