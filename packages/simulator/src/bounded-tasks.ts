/** Runs tasks, at most `concurrency` at once, in the order given. The first failure stops what has not started. */
export class BoundedTasks {
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly concurrency: number) {}

  /** Tasks waiting or under way. */
  get pending(): number {
    return this.#queue.length + this.#running;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  add(task: () => Promise<void>): void {
    this.#queue.push(task);
    this.#start();
  }

  /** Resolves when fewer than `limit` tasks are pending. Rejects with the first failure. */
  async below(limit: number): Promise<void> {
    while (this.pending >= limit && !this.#failure) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#failure) throw this.#failure.error;
  }

  #start(): void {
    while (this.#running < this.concurrency && !this.#failure) {
      const task = this.#queue.shift();
      if (!task) return;
      this.#running++;
      void this.#run(task);
    }
  }

  async #run(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#running--;
    this.#start();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
