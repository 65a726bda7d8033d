import { Log2Histogram, ManualClock } from "@tributary/simulator";
import { describe, expect, it } from "vitest";

describe("a manual clock", () => {
  it("stands still until it is moved", () => {
    const clock = new ManualClock(1000);
    expect(clock.now()).toBe(1000);
    clock.advance(5);
    expect(clock.now()).toBe(1005);
    clock.set(2000);
    expect(clock.now()).toBe(2000);
  });

  it.each([-1, Number.NaN])("refuses to go back or nowhere (%d ms)", (step) => {
    expect(() => new ManualClock(1000).advance(step)).toThrow(RangeError);
  });
});

describe("a histogram by powers of two", () => {
  it("counts each value in the bucket whose bound lies above it", () => {
    const histogram = new Log2Histogram();
    for (const value of [0, 1, 2, 3, 4, 1023, 1024]) histogram.add(value);
    expect(histogram.buckets()).toEqual([
      { below: 1, count: 1 },
      { below: 2, count: 1 },
      { below: 4, count: 2 },
      { below: 8, count: 1 },
      { below: 1024, count: 1 },
      { below: 2048, count: 1 },
    ]);
    expect(histogram).toMatchObject({ count: 7, sum: 2057, max: 1024 });
  });
});
