import { decodeSnapshot, encodeSnapshot, type InventorySnapshot, mergeSnapshots } from "@tributary/context";
import { snapshotName, writeSnapshot } from "@tributary/functions";
import { describe, expect, it } from "vitest";
import { MemorySnapshots } from "../support/inventory-stores.js";
import { ACCOUNT, DAY, eni, HOUR, inventory, NOON, newerSnapshot, REGION } from "../support/small-inventory.js";

const NAME = snapshotName(ACCOUNT, REGION);
const PLACE = { accountId: ACCOUNT, region: REGION };
const NO_WAIT = { backOff: () => Promise.resolve() };

const collection = (collected: InventorySnapshot) => (stored: InventorySnapshot | undefined) =>
  mergeSnapshots(stored, collected, DAY);

function stored(store: MemorySnapshots): InventorySnapshot {
  return decodeSnapshot(store.objects.get(NAME)?.bytes ?? Buffer.alloc(0), NAME);
}

const present = ({ interfaces }: InventorySnapshot) =>
  interfaces.filter(({ until }) => until === undefined).map(({ id }) => id);

describe("writing a snapshot", () => {
  it("creates the first one", async () => {
    const store = new MemorySnapshots();
    const written = await writeSnapshot(store, PLACE, collection(inventory([1, 2], NOON)), NO_WAIT);
    expect(written).toMatchObject({ conflicts: 0, replacedBroken: false });
    expect(present(stored(store))).toEqual([eni(1), eni(2)]);
  });

  it("keeps what went away since the one before", async () => {
    const store = new MemorySnapshots();
    await writeSnapshot(store, PLACE, collection(inventory([1, 2], NOON)), NO_WAIT);
    await writeSnapshot(store, PLACE, collection(inventory([2], NOON + HOUR)), NO_WAIT);
    expect(stored(store).interfaces).toMatchObject([
      { id: eni(1), asOf: NOON, until: NOON + HOUR },
      { id: eni(2), asOf: NOON },
    ]);
  });

  it("writes nothing when there is nothing to change", async () => {
    const store = new MemorySnapshots();
    expect(await writeSnapshot(store, PLACE, () => undefined, NO_WAIT)).toBeUndefined();
    expect(store.writes).toBe(0);
  });
});

describe("two collectors at the same time", () => {
  const before = inventory([1], NOON);
  const first = inventory([1, 2], NOON + HOUR);
  const second = inventory([1, 3], NOON + 2 * HOUR);

  /** `late` reads, `fast` reads and writes, `late` writes. */
  async function race(start: InventorySnapshot | undefined, fast: InventorySnapshot, late: InventorySnapshot) {
    const store = new MemorySnapshots();
    if (start !== undefined) store.put(NAME, encodeSnapshot(start));
    store.beforeWrite = async () => {
      await writeSnapshot(store, PLACE, collection(fast), NO_WAIT);
    };
    const written = await writeSnapshot(store, PLACE, collection(late), NO_WAIT);
    return { store, written };
  }

  it.each([
    ["the newer one is faster", before, second, first],
    ["the older one is faster", before, first, second],
    ["there is no snapshot yet", undefined, first, second],
    ["there is no snapshot yet, and the newer one is faster", undefined, second, first],
  ] as const)("lose nothing when %s", async (_, start, fast, late) => {
    const { store, written } = await race(start, fast, late);
    expect(written?.conflicts).toBe(1);
    const result = stored(store);
    expect(result.collectedAt).toBe(second.collectedAt);
    expect(result.interfaces.map(({ id }) => id)).toEqual([eni(1), eni(2), eni(3)]);
    expect(present(result)).toContain(eni(1));
    expect(present(result)).toContain(eni(3));
  });

  it("end with the same snapshot in either order", async () => {
    const oneWay = await race(before, first, second);
    const otherWay = await race(before, second, first);
    const idsAndFirst = (store: MemorySnapshots) => stored(store).interfaces.map(({ id, asOf }) => [id, asOf]);
    expect(idsAndFirst(oneWay.store)).toEqual(idsAndFirst(otherWay.store));
  });

  it("give up after a limit instead of going on for ever", async () => {
    const store = new MemorySnapshots();
    const waits: number[] = [];
    let others = 0;
    const keepLosing = () => {
      store.put(NAME, encodeSnapshot(inventory([++others], NOON + others)));
      store.beforeWrite = keepLosing;
    };
    store.beforeWrite = keepLosing;
    const write = writeSnapshot(store, PLACE, collection(before), {
      attempts: 4,
      backOff: async (repetition) => {
        waits.push(repetition);
      },
    });
    await expect(write).rejects.toMatchObject({ code: "snapshot-contended" });
    expect(waits).toEqual([1, 2, 3]);
    expect(others).toBe(4);
  });
});

describe("a stored snapshot that cannot be used", () => {
  it("is replaced when it is broken", async () => {
    const store = new MemorySnapshots();
    const bytes = encodeSnapshot(inventory([1], NOON));
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    store.put(NAME, bytes);
    const written = await writeSnapshot(store, PLACE, collection(inventory([2], NOON + HOUR)), NO_WAIT);
    expect(written?.replacedBroken).toBe(true);
    expect(present(stored(store))).toEqual([eni(2)]);
  });

  it("stays when a newer version wrote it", async () => {
    const store = new MemorySnapshots();
    store.put(NAME, newerSnapshot());
    const write = writeSnapshot(store, PLACE, collection(inventory([2], NOON)), NO_WAIT);
    await expect(write).rejects.toMatchObject({ code: "newer-snapshot" });
    expect(store.writes).toBe(0);
  });
});
