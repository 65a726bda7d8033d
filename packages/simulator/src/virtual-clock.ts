/** The only source of time in the model, so that an hour of buffering costs no hour. Milliseconds since the epoch, never going back. */
export interface VirtualClock {
  now(): number;
}

/** A clock that stands still until it is told to move. */
export class ManualClock implements VirtualClock {
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Moves forward by `ms`. Throws RangeError for a negative step, since arrival times must not run backwards. */
  advance(ms: number): void {
    this.set(this.#now + ms);
  }

  /** Moves to `ms`. Throws RangeError when that lies in the past. */
  set(ms: number): void {
    if (!(ms >= this.#now)) {
      throw new RangeError(`clock at ${this.#now} ms cannot go back to ${ms} ms: set a later time`);
    }
    this.#now = ms;
  }
}
