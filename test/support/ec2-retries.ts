import type { EC2Client } from "@aws-sdk/client-ec2";

interface AdaptiveStrategy {
  readonly mode: string;
  readonly rateLimiter: { getSendToken: () => Promise<void> };
  readonly standardRetryStrategy: {
    readonly retryBackoffStrategy: { computeNextBackoffDelay: (retry: number) => number };
  };
}

/** Takes the waits out of a client's retries, and leaves what it retries and how often. Gives the name of its retry mode. */
export async function withoutWaits(client: EC2Client): Promise<string> {
  const strategy = (await client.config.retryStrategy()) as unknown as AdaptiveStrategy;
  strategy.rateLimiter.getSendToken = async () => {};
  strategy.standardRetryStrategy.retryBackoffStrategy.computeNextBackoffDelay = () => 0;
  return strategy.mode;
}
