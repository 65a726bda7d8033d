import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";

export interface Ec2ClientOptions {
  readonly region: string;
  /** Those of the environment if absent. */
  readonly credentials?: NonNullable<EC2ClientConfig["credentials"]>;
  /** For stand-ins; EC2's own if absent. */
  readonly endpoint?: string;
  /** Calls for one page, the first included. */
  readonly maxAttempts: number;
  /** ms to connect, to begin an answer, and between two pieces of it. */
  readonly requestTimeout: number;
}

/**
 * A client that slows down when EC2 throttles: the limits are those of the account, and its own tools and autoscaling draw on them too
 * (EC2 developer guide, "Request throttling").
 */
export function ec2Client({ region, credentials, endpoint, maxAttempts, requestTimeout }: Ec2ClientOptions): EC2Client {
  return new EC2Client({
    region,
    maxAttempts,
    retryMode: "adaptive",
    requestHandler: {
      connectionTimeout: requestTimeout,
      requestTimeout,
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeout,
    },
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}
