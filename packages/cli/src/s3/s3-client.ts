import { S3Client } from "@aws-sdk/client-s3";
import { assumedRole, fromNodeProviderChain } from "../aws-credentials.js";
import { credentialsFailure } from "./s3-problem.js";

/** With what a store is called; plain values, so that they can be given to another thread. */
export interface S3Settings {
  /** Of the AWS configuration. */
  readonly profile?: string;
  /** A role to assume. */
  readonly roleArn?: string;
  /** Of the role's trust policy. */
  readonly externalId?: string;
  /** Of a store that speaks S3; Amazon's own if absent. */
  readonly endpoint?: string;
}

const MAX_ATTEMPTS = 8;
/** ms to connect and to begin an answer, and between two pieces of it. */
const REQUEST_TIMEOUT = 20_000;
const SOCKET_TIMEOUT = 60_000;
/** Where nothing names one: Amazon says there which region a bucket is in, and other stores mostly do not mind. */
const DEFAULT_REGION = "us-east-1";

/** A client that slows down when the store throttles. Its credentials throw ConfigurationError when there are none, or none any more. */
export async function s3Client(settings: S3Settings, region?: string): Promise<S3Client> {
  const { profile, endpoint } = settings;
  withoutVersionWarning();
  const regionOrConfigured = region ?? (await configuredRegion(profile));
  return new S3Client({
    region: regionOrConfigured,
    credentials: credentialsOf(settings, regionOrConfigured),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: "adaptive",
    followRegionRedirects: true,
    // Objects are continued when a connection breaks, and gzip has a checksum of its own.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: REQUEST_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
      socketTimeout: SOCKET_TIMEOUT,
    },
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
}

/** The SDK's, which speaks to those who choose its version, and once in every thread. */
function withoutVersionWarning(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
}

async function configuredRegion(profile: string | undefined): Promise<string> {
  const client = new S3Client(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    return process.env.AWS_DEFAULT_REGION || DEFAULT_REGION;
  } finally {
    client.destroy();
  }
}

function credentialsOf(settings: S3Settings, region: string): ReturnType<typeof fromNodeProviderChain> {
  const { profile, roleArn, externalId, endpoint } = settings;
  const own = fromNodeProviderChain(profile === undefined ? {} : { profile });
  const role =
    roleArn === undefined
      ? undefined
      : {
          roleArn,
          session: "tributary-read",
          region,
          ...(externalId === undefined ? {} : { externalId }),
          // Stores of others answer for STS at the same place; Amazon's own endpoints of S3 do not.
          ...(endpoint === undefined || isAmazon(endpoint) ? {} : { endpoint }),
        };
  const provider = role === undefined ? own : assumedRole(role, own);
  return async (properties) => {
    try {
      return await provider(properties);
    } catch (error) {
      throw credentialsFailure(error, settings);
    }
  };
}

/** Whether the store is Amazon's own, whatever names its endpoint: an option, the environment or the AWS configuration. */
export async function isAmazonS3({ endpoint }: S3Settings): Promise<boolean> {
  const named = endpoint ?? (await configuredEndpoint());
  return named === undefined || (URL.canParse(named) && isAmazon(named));
}

/** As the SDK finds it when it makes a call. */
async function configuredEndpoint(): Promise<string | undefined> {
  withoutVersionWarning();
  const client = new S3Client({ region: DEFAULT_REGION });
  try {
    return await client.config.serviceConfiguredEndpoint?.();
  } finally {
    client.destroy();
  }
}

const isAmazon = (endpoint: string): boolean => /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
