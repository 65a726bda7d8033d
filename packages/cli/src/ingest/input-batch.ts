import type { LakeStage, ParkedEntry } from "@tributary/lake";
import type { InputProgress, WaitingEntries } from "./input-progress.js";
import type { BatchInput, JobBatch } from "./job-host.js";

/** Parked flows of one input that are held in memory before they are written out, and inputs that may hold some. */
const MAX_WAITING = 1000;
const MAX_WAITING_SIZE = 4 * 1024 * 1024;
const MAX_INPUTS_WAITING = 100;
/** Small inputs are quickly read, and each is named in the manifest. */
const MAX_INPUTS = 10_000;

/** The inputs that were read since the last batch, and the way of their parked flows into the stage. */
export class InputBatch {
  /** Parked flows that wait in memory, of all inputs. */
  readonly waiting: WaitingEntries = { bytes: 0 };
  /** With each, whether the lake's rows of it go with the batch. */
  #inputs = new Map<InputProgress, { readonly replaces: boolean }>();
  readonly #named = new WeakSet<InputProgress>();

  constructor(
    private readonly stage: LakeStage,
    /** ms. */
    private readonly now: () => number,
  ) {}

  get isEmpty(): boolean {
    return this.#inputs.size === 0;
  }

  /** Whether it should be handed over, whatever the time. */
  get isFull(): boolean {
    return this.#inputs.size >= MAX_INPUTS;
  }

  begin(input: InputProgress, { replaces }: { readonly replaces: boolean }): void {
    this.#inputs.set(input, { replaces });
  }

  /** Puts an input in that may have been in the batch before: only that one could replace rows. */
  touch(input: InputProgress): void {
    if (!this.#inputs.has(input)) this.#inputs.set(input, { replaces: false });
  }

  /** Takes an input out of which nothing was read. */
  forget(input: InputProgress): void {
    this.#inputs.delete(input);
  }

  /** Writes out the parked flows of an input that is being read, if they are many. */
  async relieve(input: InputProgress): Promise<void> {
    const { flows, size } = input.waiting;
    if (flows >= MAX_WAITING || size >= MAX_WAITING_SIZE) await this.#park(input);
  }

  /** Writes out the parked flows of an input that was read to its end, and of all others once they may be many. */
  async settle(input: InputProgress): Promise<void> {
    if (input.waiting.size >= MAX_WAITING_SIZE / MAX_INPUTS_WAITING) await this.#park(input);
    if (this.#inputs.size % MAX_INPUTS_WAITING === 0) await this.#parkAll();
  }

  /** Hands over everything; what comes after belongs to the next. Throws `flows-unaccounted`. */
  async take(): Promise<JobBatch> {
    for (const input of this.#inputs.keys()) input.assertAccounted();
    await this.#parkAll();
    const inputs: BatchInput[] = [];
    for (const [input, { replaces }] of this.#inputs) {
      inputs.push({ state: input.state(), begun: !this.#named.has(input), replaces });
      this.#named.add(input);
    }
    this.#inputs = new Map();
    return { inputs, files: await this.stage.take() };
  }

  async #parkAll(): Promise<void> {
    for (const input of this.#inputs.keys()) await this.#park(input);
  }

  async #park(input: InputProgress): Promise<void> {
    const byReason = new Map<string, ParkedEntry[]>();
    for (const { reason, ...entry } of input.takeWaiting()) {
      const entries = byReason.get(reason) ?? [];
      entries.push(entry);
      byReason.set(reason, entries);
    }
    const at = new Date(this.now()).toISOString();
    for (const [reason, entries] of byReason) await this.stage.park(reason, input, entries, at);
  }
}
