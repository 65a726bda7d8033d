import type { Batch } from "./processing-buffer.js";
import type { BatchOutcome } from "./transformation.js";

export interface InvocationQueueOptions<Tag> {
  /** Invocations under way at once. */
  readonly concurrency: number;
  /** Must not reject. */
  readonly invoke: (batch: Batch<Tag>) => Promise<BatchOutcome>;
  readonly apply: (batch: Batch<Tag>, outcome: BatchOutcome) => void;
  /** Awaited after each batch: holds the queue while too many deliveries are pending. A rejection stops the queue. */
  readonly deliveriesReady: () => Promise<void>;
}

/** Invokes for sealed batches, several at once if allowed, and applies the outcomes in the order of the batches. */
export class InvocationQueue<Tag> {
  readonly #waiting: Batch<Tag>[] = [];
  #underWay = 0;
  #running: Promise<void> | undefined;
  #progressWaiters: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly options: InvocationQueueOptions<Tag>) {}

  /** Batches waiting or under way. */
  get pending(): number {
    return this.#waiting.length + this.#underWay;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  add(batch: Batch<Tag>): void {
    this.#waiting.push(batch);
    this.#running ??= this.#run();
  }

  /** Resolves when a pending batch has been applied or the queue has stopped. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.#progressWaiters.push(resolve));
  }

  /** Resolves when nothing is pending or the queue has stopped. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    const { concurrency, invoke, apply, deliveriesReady } = this.options;
    const underWay: { readonly batch: Batch<Tag>; readonly outcome: Promise<BatchOutcome> }[] = [];
    // The put that filled the batch returns before the processor sees it.
    await undefined;
    try {
      for (;;) {
        while (underWay.length < concurrency) {
          const batch = this.#waiting.shift();
          if (!batch) break;
          this.#underWay++;
          underWay.push({ batch, outcome: invoke(batch) });
        }
        const oldest = underWay.shift();
        if (!oldest) break;
        apply(oldest.batch, await oldest.outcome);
        this.#underWay--;
        this.#wake();
        await deliveriesReady();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#underWay = 0;
    this.#running = undefined;
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#progressWaiters;
    this.#progressWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
