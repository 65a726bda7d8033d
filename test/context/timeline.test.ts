import { Timeline } from "@tributary/context";
import { describe, expect, it } from "vitest";

interface State {
  readonly name: string;
  readonly asOf: number;
  readonly until?: number;
}

const seen = (timeline: Timeline<State>, time: number): string => {
  const { state, later, existed } = timeline.at(time);
  return [state.name, ...(later ? ["later"] : []), ...(existed ? [] : ["gone"])].join(" ");
};

describe("Timeline", () => {
  it("gives the state that held at the time", () => {
    const timeline = new Timeline<State>([
      { name: "old", asOf: 10, until: 20 },
      { name: "new", asOf: 20 },
    ]);
    expect([10, 19, 20, 1000].map((time) => seen(timeline, time))).toEqual(["old", "old", "new", "new"]);
  });

  it("takes the first state for a time before all of them, and says so", () => {
    expect(seen(new Timeline<State>([{ name: "first", asOf: 10 }]), 9)).toBe("first later");
  });

  it("takes the last state for a time after its end, and says so", () => {
    const timeline = new Timeline<State>([{ name: "last", asOf: 10, until: 20 }]);
    expect(seen(timeline, 19)).toBe("last");
    expect(seen(timeline, 20)).toBe("last gone");
    expect(timeline.isGone).toBe(true);
  });

  it("takes the state before a gap for a time within it", () => {
    const timeline = new Timeline<State>([
      { name: "before", asOf: 10, until: 20 },
      { name: "after", asOf: 30 },
    ]);
    expect(seen(timeline, 25)).toBe("before gone");
    expect(seen(timeline, 30)).toBe("after");
    expect(timeline.isGone).toBe(false);
  });

  it("does not mind the order of states", () => {
    const timeline = new Timeline<State>([
      { name: "new", asOf: 20 },
      { name: "old", asOf: 10, until: 20 },
    ]);
    expect(seen(timeline, 15)).toBe("old");
    expect(seen(timeline, 25)).toBe("new");
  });

  it("prefers, of states of several inventories that hold together, the one that began last", () => {
    const timeline = new Timeline<State>([
      { name: "one", asOf: 10 },
      { name: "other", asOf: 12, until: 14 },
    ]);
    expect([11, 13, 15].map((time) => seen(timeline, time))).toEqual(["one", "other", "one"]);
  });

  it("covers all of time without gaps", () => {
    const timeline = new Timeline<State>([
      { name: "a", asOf: 10, until: 20 },
      { name: "b", asOf: 30, until: 40 },
    ]);
    const { spans } = timeline;
    expect(spans[0]?.from).toBe(-Infinity);
    expect(spans.at(-1)?.to).toBe(Infinity);
    for (const [i, span] of spans.slice(1).entries()) expect(span.from).toBe(spans[i]?.to);
  });
});
