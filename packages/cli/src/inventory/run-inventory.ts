import type { InventorySnapshot } from "@tributary/context";
import { type Lake, storeInventory } from "@tributary/lake";
import { loadInventory } from "./load-inventory.js";

/**
 * The inventory that explains the flows of a run: what is given, together with what the lake knows from earlier runs, or that alone. What is
 * given is kept in the lake, for its queries and for the runs after this one; `note` takes what the user should know of that. Throws as `loadInventory` does.
 */
export async function runInventory(
  lake: Lake,
  paths: readonly string[],
  note: (text: string) => void,
): Promise<readonly InventorySnapshot[]> {
  return storeInventory(lake.folder, await givenInventory(paths), { note });
}

/** The inventories at several paths, each read by itself: they may be of different times. Throws as `loadInventory` does. */
export async function givenInventory(paths: readonly string[]): Promise<readonly InventorySnapshot[]> {
  return (await Promise.all(paths.map((path) => loadInventory(path)))).flat();
}
