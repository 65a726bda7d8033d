import type { Dated } from "./inventory.js";

/**
 * What was seen of one thing: its states in the order of `asOf`, which never overlap. Collections may come in any order: one that is older
 * than what is known adds what it knows of the time before, and never changes what a later one saw.
 */
export type StateHistory<T extends Dated> = readonly T[];

export interface Seeing<T extends Dated> {
  /** The last collection that the history has in it, ms: until then a state without an end is known to have held. */
  readonly settled: number;
  readonly same: (a: T, b: T) => boolean;
}

/** The history with the thing seen in `state`, from its `asOf` to its `until`. */
export function seen<T extends Dated>(history: StateHistory<T>, state: T, seeing: Seeing<T>): StateHistory<T> {
  const { settled, same } = seeing;
  const covering = history.findIndex(
    ({ asOf, until }) => asOf <= state.asOf && (until === undefined || state.asOf < until),
  );
  const known = history[covering];
  if (known === undefined) return filled(history, state, seeing);
  if (known.until !== undefined) return history;
  const earlier = history.slice(0, covering);
  if (same(known, state)) return [...earlier, endedBy(known, state, settled)];
  const changed = state.asOf > settled && state.asOf > known.asOf;
  return changed ? [...earlier, { ...known, until: state.asOf }, state] : history;
}

/** The history with a state from a time of which nothing is known. */
function filled<T extends Dated>(history: StateHistory<T>, state: T, { settled, same }: Seeing<T>): StateHistory<T> {
  const after = history.findIndex((each) => each.asOf > state.asOf);
  const next = history[after];
  if (next === undefined) return [...history, state];
  const reaches = state.until === undefined || state.until >= next.asOf;
  // One that reaches the next state and says the same is its beginning.
  const filling =
    reaches && same(next, state)
      ? [{ ...endedBy(next, state, settled), asOf: state.asOf }]
      : [reaches ? { ...state, until: next.asOf } : state, next];
  return [...history.slice(0, after), ...filling, ...history.slice(after + 1)];
}

/** `known` with the end that `state`, which says the same, saw after all that is known; as it is without such an end. */
function endedBy<T extends Dated>(known: T, state: T, settled: number): T {
  if (known.until !== undefined || state.until === undefined) return known;
  return state.until > settled && state.until > known.asOf ? { ...known, until: state.until } : known;
}

/** The history with the thing not seen any more at `at`. */
export function vanished<T extends Dated>(history: StateHistory<T>, at: number): StateHistory<T> {
  const last = history.at(-1);
  if (last === undefined || last.until !== undefined || last.asOf >= at) return history;
  return [...history.slice(0, -1), { ...last, until: at }];
}

/** The history without the states that ended before `limit`. */
export function unexpired<T extends Dated>(history: StateHistory<T>, limit: number): StateHistory<T> {
  return history.filter(({ until }) => until === undefined || until >= limit);
}
