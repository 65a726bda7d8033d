import { FirehoseClient } from "@aws-sdk/client-firehose";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { FlowTransform, type TransformationEvent, type TransformationResponse } from "@tributary/transform";
import { backOff } from "./back-off.js";
import { directLookupFor } from "./direct-lookup.js";
import type { Environment } from "./environment.js";
import { FirehosePutBack } from "./firehose-put-back.js";
import { InventorySource } from "./inventory-source.js";
import { S3SnapshotStore } from "./s3-snapshot-store.js";
import { SqsInventoryRequests } from "./sqs-inventory-requests.js";
import { transformInvocation } from "./transform-invocation.js";
import { type InventorySettings, transformSettings } from "./transform-settings.js";

// What waits behind a call waits within a Firehose invocation, of which each has minutes: better late than put back.
const PUT_BACK_PAUSE = { first: 100, most: 2000 };
/** ms; the inventory is worth waiting for a little, no more. */
const INVENTORY_TIMEOUT = 3000;

let invocation: ((event: TransformationEvent) => Promise<TransformationResponse>) | undefined;

/** The Firehose transformation, as Lambda calls it. */
export async function handler(event: TransformationEvent): Promise<TransformationResponse> {
  invocation ??= invocationOf(process.env);
  return await invocation(event);
}

function invocationOf(environment: Environment): (event: TransformationEvent) => Promise<TransformationResponse> {
  const { transform, inventory } = transformSettings(environment);
  const source = inventory === undefined ? undefined : inventorySource(inventory);
  const putBack = new FirehosePutBack(new FirehoseClient({}), { backOff: backOff(PUT_BACK_PAUSE) });
  const settings = { ...transform, ...(source === undefined ? {} : { context: source }) };
  return transformInvocation({
    transform: new FlowTransform(settings, putBack),
    source,
    log: (entry) => console.log(JSON.stringify(entry)),
  });
}

function inventorySource({ bucket, prefix, refreshEvery, queueUrl, lookups }: InventorySettings): InventorySource {
  const impatient = {
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: INVENTORY_TIMEOUT,
      requestTimeout: INVENTORY_TIMEOUT,
      throwOnRequestTimeout: true,
      socketTimeout: INVENTORY_TIMEOUT,
    },
  };
  return new InventorySource({
    store: new S3SnapshotStore(new S3Client(impatient), { bucket, prefix }),
    now: Date.now,
    refreshEvery,
    ...(queueUrl === undefined ? {} : { requests: new SqsInventoryRequests(new SQSClient(impatient), queueUrl) }),
    ...(lookups === undefined ? {} : { lookupFor: directLookupFor(lookups) }),
  });
}
