import { describe, expect, it } from "vitest";
import { PortClasses } from "../../packages/context/src/port-classes.js";

const ALL_PORTS = Array.from({ length: 65_536 }, (_, port) => port);

function classCount(ranges: readonly (readonly [number, number])[]): number {
  const classes = new PortClasses(ranges);
  return new Set(ALL_PORTS.map((port) => classes.of(port))).size;
}

describe("PortClasses", () => {
  it("never gives two ports one class of which a range holds only one", () => {
    const ranges = [
      [0, 0],
      [22, 22],
      [1024, 65_535],
      [5000, 6143],
      [32_768, 60_999],
      [65_535, 65_535],
    ] as const;
    const classes = new PortClasses(ranges);
    const holders = new Map<number, string>();
    for (const port of ALL_PORTS) {
      const held = ranges.map(([first, last]) => first <= port && port <= last).join();
      expect(holders.get(classes.of(port)) ?? held, `port ${port}`).toBe(held);
      holders.set(classes.of(port), held);
    }
  });

  it("gives all ports one class where no range is", () => {
    expect(classCount([])).toBe(1);
    expect(classCount([[0, 65_535]])).toBe(1);
  });

  it("parts ports where a range begins, and tells apart only those near an end within a block of 1,024", () => {
    expect(classCount([[1024, 65_535]])).toBe(2);
    expect(classCount([[443, 443]])).toBe(1024 + 1);
  });

  it("tells a missing port from all ports", () => {
    const classes = new PortClasses([[443, 443]]);
    expect(ALL_PORTS.filter((port) => classes.of(port) === classes.of(undefined))).toEqual([]);
  });
});
