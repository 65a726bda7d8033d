interface AdaptiveStrategy {
  readonly mode: string;
  readonly rateLimiter: { getSendToken: () => Promise<void> };
  readonly standardRetryStrategy: {
    readonly retryBackoffStrategy: { computeNextBackoffDelay: (retry: number) => number };
  };
}

/** A client of the AWS SDK. */
interface RetryingClient {
  readonly config: { readonly retryStrategy: () => Promise<unknown> };
}

/** Takes the waits out of a client's retries, and leaves what it retries and how often. Gives the name of its retry mode. */
export async function withoutWaits(client: RetryingClient): Promise<string> {
  const strategy = (await client.config.retryStrategy()) as AdaptiveStrategy;
  strategy.rateLimiter.getSendToken = async () => {};
  strategy.standardRetryStrategy.retryBackoffStrategy.computeNextBackoffDelay = () => 0;
  return strategy.mode;
}
