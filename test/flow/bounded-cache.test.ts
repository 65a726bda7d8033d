import { BoundedCache } from "@tributary/flow";
import { describe, expect, it } from "vitest";

/** A cache of two generations of two keys, and the keys that it had to make a value for. */
function squares() {
  const made: number[] = [];
  const cache = new BoundedCache<number, number>(2, (key) => {
    made.push(key);
    return key * key;
  });
  return { cache, made };
}

describe("BoundedCache", () => {
  it("makes the value of a key once", () => {
    const { cache, made } = squares();

    expect([3, 3, 3].map((key) => cache.get(key))).toEqual([9, 9, 9]);
    expect(made).toEqual([3]);
  });

  it("keeps what is still asked for, however many others come", () => {
    const { cache, made } = squares();

    for (const key of [1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1]) cache.get(key);

    expect(made.filter((key) => key === 1)).toEqual([1]);
  });

  it("forgets what was not asked for during two generations, and makes it again", () => {
    const { cache, made } = squares();

    for (const key of [1, 2, 3, 4, 5, 1]) expect(cache.get(key)).toBe(key * key);

    expect(made).toEqual([1, 2, 3, 4, 5, 1]);
  });
});
