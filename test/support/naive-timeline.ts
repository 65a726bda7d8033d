import type { Dated } from "@tributary/context";

interface State extends Dated {
  readonly id: string;
}

/** All states of one thing, oldest first. */
export function statesOf<T extends State>(all: readonly T[], id: string): readonly T[] {
  return all.filter((state) => state.id === id).sort((one, other) => one.asOf - other.asOf);
}

/** Whether a state is known to have held at a time, ms. */
export const holds = ({ asOf, until = Number.POSITIVE_INFINITY }: Dated, time: number): boolean =>
  asOf <= time && time < until;

/** The state to take for a time: the one that held, else the last one that had begun, else the first. */
export function nearest<T extends Dated>(states: readonly T[], time: number): T | undefined {
  const sorted = [...states].sort((one, other) => one.asOf - other.asOf);
  return sorted.findLast((state) => holds(state, time)) ?? sorted.findLast((state) => state.asOf <= time) ?? sorted[0];
}

/** The state of one thing to take for a time. */
export function stateAt<T extends State>(all: readonly T[], id: string, time: number): T | undefined {
  return nearest(statesOf(all, id), time);
}

/** Whether this state of an interface says who has an address at a time: it held then, or is the first and the time is before it. */
export function isMemberState<T extends State>(state: T, all: readonly T[], time: number): boolean {
  const states = statesOf(all, state.id);
  const held = states.findLast((one) => holds(one, time));
  return state === (held ?? (time < (states[0]?.asOf ?? time) ? states[0] : undefined));
}
