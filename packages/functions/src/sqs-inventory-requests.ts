import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { encodeRequests, type InventoryRequest, type InventoryRequests } from "./inventory-requests.js";

/** Sends requests to the collector's queue, in one message. */
export class SqsInventoryRequests implements InventoryRequests {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async send(requests: readonly InventoryRequest[]): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: encodeRequests(requests) }),
    );
  }
}
