/** How many inputs are open before their turn: the answer of a bucket takes longer than reading a small object. */
const AHEAD = 4;
/** With so many bytes ahead nothing more is opened: a job must not keep inputs waiting that another one could read. */
const AHEAD_BYTES = 524_288;
/** While one of more bytes is read, nothing is: it takes longer than any answer. */
const LARGE_BYTES = 4_194_304;

export interface Opened<Input, Source> {
  readonly input: Input;
  readonly source: Promise<Source>;
}

export interface OpenedAheadOptions<Input, Source> {
  /** Undefined when there is no other. */
  readonly take: () => Promise<Input | undefined>;
  readonly open: (input: Input) => Promise<Source>;
  /** Whether opening takes time: what follows one that opens at once is left to whoever needs it first. */
  readonly opensSlowly: (input: Input) => boolean;
}

/** Inputs in order, each being opened while those before it are read. */
export class OpenedAhead<Input extends { readonly size: number }, Source extends { close(): Promise<void> }> {
  readonly #waiting: Promise<Opened<Input, Source> | undefined>[] = [];
  /** Of the inputs that wait. */
  #bytes = 0;
  #filling = false;
  #ended = false;

  constructor(private readonly options: OpenedAheadOptions<Input, Source>) {}

  /** The next input; undefined when there is none left. Throws what `take` throws. */
  async next(): Promise<Opened<Input, Source> | undefined> {
    if (this.#waiting.length === 0 && !this.#ended) this.#begin();
    const opened = await this.#waiting.shift();
    if (opened === undefined) this.#ended = true;
    else {
      const { input } = opened;
      this.#bytes -= input.size;
      if (input.size <= LARGE_BYTES && this.options.opensSlowly(input)) void this.#fill();
    }
    return opened;
  }

  /** Closes what was opened and not given. */
  async close(): Promise<void> {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) {
      const opened = await waiting.catch(() => undefined);
      await opened?.source.then((source) => source.close()).catch(() => undefined);
    }
  }

  /** Begins one after the other: only then is known how large they are. */
  async #fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (!this.#ended && this.#waiting.length < AHEAD && this.#bytes < AHEAD_BYTES) {
        if ((await this.#begin()) === undefined) this.#ended = true;
      }
    } catch {
      // Whoever takes it up sees the failure; nothing comes after it.
      this.#ended = true;
    } finally {
      this.#filling = false;
    }
  }

  #begin(): Promise<Opened<Input, Source> | undefined> {
    const begun = this.options.take().then((input) => {
      if (input === undefined) return undefined;
      this.#bytes += input.size;
      const source = this.options.open(input);
      // As above.
      source.catch(() => undefined);
      return { input, source };
    });
    begun.catch(() => undefined);
    this.#waiting.push(begun);
    return begun;
  }
}
