import { ConfigurationError, TributaryError } from "@tributary/flow";
import { UnreadableInput } from "../ingest/input-problem.js";
import type { S3Settings } from "./s3-client.js";

const RESUME = "and run the same command again: it goes on where it stopped";

const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"]);
const WRONG_CREDENTIALS = new Set([
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const WRONG_REGION = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);
const UNREACHABLE =
  /^(?:E(?:NOTFOUND|AI_AGAIN|CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|PIPE|PROTO)|TimeoutError|(?:\w+_)?CERT_\w+|(?:\w+_)?CERT|SELF_SIGNED\w+|UNABLE_TO\w+|ERR_TLS\w*|ERR_SSL\w*)$/;

/** Why no credentials could be had. What an error says is shown only where it comes from this machine or names the role. */
export function credentialsFailure(error: unknown, { roleArn }: S3Settings): ConfigurationError {
  const name = nameOf(error);
  if (EXPIRED.has(name)) return expired(name, error);
  // STS answers with a status; what looks for credentials on this machine does not.
  if (roleArn !== undefined && statusOf(error) !== undefined) {
    return new ConfigurationError(
      "role-not-assumed",
      `the role ${roleArn} could not be assumed (${name}): check its trust policy, its external id (TRIBUTARY_EXTERNAL_ID), and whether you may call sts:AssumeRole on it`,
      { cause: error },
    );
  }
  if (UNREACHABLE.test(name)) return unreachable(name, "the service that gives the credentials", error);
  return new ConfigurationError(
    "no-credentials",
    `there are no AWS credentials (${firstLine(error)}): sign in or name a --profile, ${RESUME}`,
    { cause: error },
  );
}

/** An error of a call about a whole bucket: nothing of it can be read. */
export function bucketFailure(error: unknown, bucket: string, endpoint: string | undefined): TributaryError {
  const shared = sharedFailure(error, bucket, endpoint);
  if (shared !== undefined) return shared;
  const name = nameOf(error);
  if (statusOf(error) === 403) {
    return new ConfigurationError(
      "no-access",
      `the keys of the bucket ${bucket} may not be listed (${name}): allow s3:ListBucket on it and s3:GetObject on its objects, or use another --profile or --role-arn`,
      { cause: error },
    );
  }
  return new TributaryError(
    "store-failed",
    `listing the bucket ${bucket} failed (${name}: ${firstLine(error)}): run the same command again${endpoint === undefined ? "" : `, or check that ${endpoint} speaks S3`}`,
    { cause: error },
  );
}

/** An error of reading one object: a problem of it alone, or one of all. */
export function objectFailure(
  error: unknown,
  bucket: string,
  endpoint: string | undefined,
): TributaryError | UnreadableInput {
  if (error instanceof UnreadableInput) return error;
  const shared = sharedFailure(error, bucket, endpoint);
  if (shared !== undefined) return shared;
  const name = nameOf(error);
  if (name === "InvalidObjectState") {
    return new UnreadableInput(
      "unreadable",
      "it lies in an archive (S3 Glacier): restore it in S3, and run the same command again",
    );
  }
  switch (statusOf(error)) {
    case 403:
      return new UnreadableInput(
        "unreadable",
        `it may not be read (${name}): allow s3:GetObject on it, and kms:Decrypt on its key where it is encrypted with one, and run the same command again`,
      );
    case 404:
      return new UnreadableInput(
        "missing",
        "there is no such object: check the key, or whether something removed it meanwhile",
      );
    case 412:
    case 416:
      return changedMeanwhile();
  }
  return new UnreadableInput(
    "unreadable",
    `the store failed (${name}: ${firstLine(error)}): run the same command again, later if it is throttling`,
  );
}

/** The object is not the one any more of which a part has been read. */
export function changedMeanwhile(): UnreadableInput {
  return new UnreadableInput(
    "changed",
    "it was replaced while it was read: run the same command again to read what it holds now",
  );
}

/** What ends the access to everything, whichever call it meets. */
function sharedFailure(error: unknown, bucket: string, endpoint: string | undefined): TributaryError | undefined {
  if (error instanceof TributaryError) return error;
  const name = nameOf(error);
  const cause = { cause: error };
  if (EXPIRED.has(name)) return expired(name, error);
  if (WRONG_CREDENTIALS.has(name)) {
    return new ConfigurationError(
      "wrong-credentials",
      `the store does not know the credentials (${name}): check the --profile or sign in again, ${RESUME}`,
      cause,
    );
  }
  if (name === "RequestTimeTooSkewed") {
    return new ConfigurationError(
      "clock-skew",
      `this machine's clock differs too much from the store's (${name}): set it, ${RESUME}`,
      cause,
    );
  }
  if (name === "NoSuchBucket" || name === "InvalidBucketName") {
    const where = endpoint === undefined ? "" : ` at ${endpoint}`;
    return new ConfigurationError("no-bucket", `there is no bucket ${bucket}${where}: check its name`, cause);
  }
  if (WRONG_REGION.has(name)) {
    return new ConfigurationError(
      "wrong-region",
      `the bucket ${bucket} is in another region (${name}): set AWS_REGION to it`,
      cause,
    );
  }
  if (UNREACHABLE.test(name)) return unreachable(name, endpoint ?? "Amazon S3", error);
  return undefined;
}

function expired(name: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    "expired-credentials",
    `the credentials have expired (${name}): sign in again, ${RESUME}`,
    {
      cause,
    },
  );
}

function unreachable(name: string, what: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    "unreachable",
    `${what} cannot be reached (${name}): check the network and --endpoint, ${RESUME}`,
    { cause },
  );
}

/** What an error is called: by the network's own code, else as the store names it. Holds nothing secret. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === "string" && /^[A-Z]\w{2,40}$/.test(code)) return code;
  return typeof name === "string" ? name : typeof error;
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: unknown } };
  return typeof $metadata?.httpStatusCode === "number" ? $metadata.httpStatusCode : undefined;
}

const MESSAGE_CHARACTERS = 200;

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").slice(0, MESSAGE_CHARACTERS);
}
