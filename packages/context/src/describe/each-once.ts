import { FormatError } from "@tributary/flow";
import type { NetworkInterface } from "../inventory.js";
import { type InventoryState, sameContent } from "../state-content.js";
import type { Described } from "./described.js";

/**
 * The states, each id once: the same thing may be in several files. Tags are shown to its owner alone, so the record that has a name or tags
 * is taken. Throws `FormatError` (`contradicting-descriptions`) if two say different things.
 */
export function eachOnce<T extends InventoryState>(described: readonly Described<T>[]): readonly T[] {
  const states = new Map<string, T>();
  for (const { state } of described) {
    const other = states.get(state.id);
    if (other !== undefined && !sameContent(untagged(state), untagged(other))) {
      throw new FormatError(
        "contradicting-descriptions",
        `${state.id} is described twice, and not alike: give the output of one collection, not of several`,
      );
    }
    if (other === undefined || tagCount(state) > tagCount(other)) states.set(state.id, state);
  }
  return [...states.values()];
}

type Tagged = Partial<Pick<NetworkInterface, "name" | "tags">>;

function untagged<T extends object>(state: T): T {
  return "tags" in state ? { ...state, name: undefined, tags: {} } : state;
}

function tagCount({ name, tags = {} }: Tagged): number {
  return Object.keys(tags).length + (name === undefined ? 0 : 1);
}
