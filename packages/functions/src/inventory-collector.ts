import { S3Client } from "@aws-sdk/client-s3";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { collectEach, ec2Client, ec2Pages, InterfaceLookup } from "@tributary/context/ec2";
import { backOff } from "./back-off.js";
import { Collector } from "./collector.js";
import { type CollectorEvent, type CollectorResponse, collectorInvocation } from "./collector-invocation.js";
import { type CollectorSettings, type CollectorTarget, collectorSettings } from "./collector-settings.js";
import { S3SnapshotStore } from "./s3-snapshot-store.js";
import { S3TableObjects } from "./s3-table-objects.js";

/** EC2 may throttle for a while: with adaptive retries six calls take up to half a minute. */
const EC2_CALLS = { maxAttempts: 6, requestTimeout: 10_000 };
const CONFLICT_PAUSE = { first: 100, most: 5000 };

let invocation: ((event: CollectorEvent) => Promise<CollectorResponse | undefined>) | undefined;

/** Collects the inventory, as Lambda calls it: on a schedule, or for messages of its queue. */
export async function handler(event: CollectorEvent): Promise<CollectorResponse | undefined> {
  invocation ??= invocationOf(collectorSettings(process.env));
  return await invocation(event);
}

function invocationOf(settings: CollectorSettings): (event: CollectorEvent) => Promise<CollectorResponse | undefined> {
  const { bucket, prefix, tablesBucket, targets, tags, lookupCallsPerMinute } = settings;
  const s3 = new S3Client({});
  const lookups = new Map<CollectorTarget, InterfaceLookup>();
  const lookupFor = (target: CollectorTarget): InterfaceLookup => {
    const present = lookups.get(target);
    if (present !== undefined) return present;
    const { region } = target;
    const credentials = credentialsFor(target);
    const client = ec2Client({ region, ...(credentials === undefined ? {} : { credentials }), ...EC2_CALLS });
    const budget = { region, callsPerMinute: lookupCallsPerMinute, now: Date.now };
    const lookup = new InterfaceLookup(ec2Pages(client), budget);
    lookups.set(target, lookup);
    return lookup;
  };
  const collector = new Collector<CollectorTarget>({
    ...settings,
    store: new S3SnapshotStore(s3, { bucket, prefix }),
    tables: new S3TableObjects(s3, tablesBucket),
    collect: (some, take) => collectEach(some, credentialsFor, { client: EC2_CALLS, now: Date.now, tags }, take),
    lookupFor,
    now: Date.now,
    backOff: backOff(CONFLICT_PAUSE),
  });
  return collectorInvocation({ collector, targets, log: (entry) => console.log(JSON.stringify(entry)) });
}

/** Those of the target's role, or the function's own. */
function credentialsFor({ roleArn, externalId }: CollectorTarget) {
  if (roleArn === undefined) return undefined;
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: "tributary-inventory",
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
  });
}
