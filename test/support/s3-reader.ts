import type { LogSelection } from "@tributary/flow";
import { vi } from "vitest";
import type { FoundInput } from "../../packages/cli/src/ingest/input-files.js";
import { listS3 } from "../../packages/cli/src/s3/list-s3.js";
import { S3Buckets } from "../../packages/cli/src/s3/s3-buckets.js";
import { type S3Settings, s3Client } from "../../packages/cli/src/s3/s3-client.js";
import { S3Location } from "../../packages/cli/src/s3/s3-location.js";
import { S3Store } from "../../packages/cli/src/s3/s3-store.js";
import { withoutWaits } from "./aws-retries.js";
import type { S3Service } from "./s3-service.js";

/** An environment that has credentials and a region, and nothing of the machine's own. */
export function stubAwsEnvironment(changes: Readonly<Record<string, string | undefined>> = {}): void {
  const environment = {
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_SESSION_TOKEN: undefined,
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    AWS_ENDPOINT_URL: undefined,
    AWS_ENDPOINT_URL_S3: undefined,
    ...changes,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

/** The command's own client on a service, with its retries and without their waits. */
export function bucketsOn(service: S3Service, settings: S3Settings = { endpoint: service.endpoint }): S3Buckets {
  return new S3Buckets(settings, {
    client: async (region) => {
      const client = await s3Client({ ...settings, endpoint: settings.endpoint ?? service.endpoint }, region);
      await withoutWaits(client);
      return client;
    },
  });
}

export interface Listing {
  readonly inputs: readonly FoundInput[];
  /** Of the inputs, without the bucket. */
  readonly keys: readonly string[];
  readonly notes: readonly string[];
}

export async function listing(buckets: S3Buckets, path: string, selection: LogSelection = {}): Promise<Listing> {
  const location = S3Location.parse(path);
  const inputs: FoundInput[] = [];
  const notes: string[] = [];
  for await (const input of listS3(buckets, location, selection, { onNote: (note) => notes.push(note) })) {
    inputs.push(input);
  }
  return { inputs, keys: inputs.map(({ path: each }) => each.slice(location.pathOf("").length)), notes };
}

/** A store whose waits are noted in place of being waited for. */
export function storeOn(buckets: S3Buckets): { readonly store: S3Store; readonly waits: readonly number[] } {
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
  };
  return { store: new S3Store(buckets, wait), waits };
}
