import { groupBy } from "./describe/group-by.js";
import type { Dated } from "./inventory.js";

/** The state that stands for a stretch of time. */
export interface Span<S> {
  /** ms, included; -Infinity before everything known. */
  readonly from: number;
  /** ms, excluded. */
  readonly to: number;
  readonly state: S;
  /** Whether the inventory begins after it, so that the first state is taken. */
  readonly later: boolean;
  /** Whether the thing existed then, as far as is known. Not so after it went away: the state is its last one. */
  readonly existed: boolean;
}

/** The states of one thing over time. */
export class Timeline<S extends Dated> {
  readonly #states: readonly S[];
  #spans: readonly Span<S>[] | undefined;

  /** At least one state, in any order; of two that begin together, the later one counts. */
  constructor(states: readonly S[]) {
    this.#states = states.length > 1 ? [...states].sort((a, b) => a.asOf - b.asOf) : states;
  }

  /** Whether its last state has ended. */
  get isGone(): boolean {
    return this.#states.at(-1)?.until !== undefined;
  }

  get states(): readonly S[] {
    return this.#states;
  }

  /** All of time, in order and without gaps. */
  get spans(): readonly Span<S>[] {
    this.#spans ??= spansOf(this.#states);
    return this.#spans;
  }

  /** The span that holds the time, in ms. */
  at(time: number): Span<S> {
    const { spans } = this;
    let i = spans.length - 1;
    while (i > 0 && time < (spans[i] as Span<S>).from) i--;
    return spans[i] as Span<S>;
  }
}

/** One timeline for every id. */
export function timelinesById<S extends Dated & { readonly id: string }>(
  states: Iterable<S>,
): ReadonlyMap<string, Timeline<S>> {
  const timelines = new Map<string, Timeline<S>>();
  for (const [id, ofId] of groupBy(states, (state) => state.id)) timelines.set(id, new Timeline(ofId));
  return timelines;
}

function spansOf<S extends Dated>(states: readonly S[]): readonly Span<S>[] {
  const [first] = states;
  if (first === undefined) throw new RangeError("A timeline needs a state: leave the thing out instead");
  const edges = new Set<number>();
  for (const { asOf, until } of states) {
    edges.add(asOf);
    if (until !== undefined && until >= first.asOf) edges.add(until);
  }
  const starts = [...edges].sort((a, b) => a - b);
  const spans: Span<S>[] = [{ from: -Infinity, to: first.asOf, state: first, later: true, existed: true }];
  for (const [i, from] of starts.entries()) {
    const begun = states.filter(({ asOf }) => asOf <= from);
    const holding = begun.filter(({ until }) => until === undefined || from < until);
    const state = holding.at(-1) ?? begun.at(-1) ?? first;
    spans.push({ from, to: starts[i + 1] ?? Infinity, state, later: false, existed: holding.length > 0 });
  }
  return spans;
}
