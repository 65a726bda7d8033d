import {
  addInterfaces,
  type InventoryPart,
  type InventorySnapshot,
  mergeSnapshots,
  type NetworkAcl,
  type NetworkInterface,
  type PrefixList,
  type SecurityGroup,
} from "@tributary/context";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 3, 1);
const KEEP = 24 * HOUR;
const at = (hours: number): number => T0 + hours * HOUR;

const eni = (id: string, groups: readonly string[], asOf: number, more: Partial<NetworkInterface> = {}) => ({
  id,
  addresses: ["10.0.0.1"],
  prefixes: [],
  publicAddresses: [],
  groups,
  type: "interface",
  tags: {},
  asOf,
  ...more,
});
const group = (id: string, asOf: number, more: Partial<SecurityGroup> = {}): SecurityGroup => ({ id, asOf, ...more });

/** A collection `hours` after the first. */
function collection(
  hours: number,
  interfaces: readonly NetworkInterface[],
  more: Partial<InventorySnapshot> = {},
): InventorySnapshot {
  return {
    accountId: "111122223333",
    region: "eu-west-1",
    collectedAt: at(hours),
    missing: [],
    interfaces,
    groups: [],
    prefixLists: [],
    networkAcls: [],
    ...more,
  };
}

/** The interfaces of a snapshot as a later collection sees them. */
const same = ({ interfaces }: InventorySnapshot, hours: number): readonly NetworkInterface[] =>
  interfaces.map((each) => ({ ...each, asOf: at(hours) }));

/** `id: groups [from, until)`, in hours. */
const written = (states: readonly NetworkInterface[]): readonly string[] =>
  states.map(({ id, groups, asOf, until }) => {
    const hours = (time: number | undefined) => (time === undefined ? "" : String((time - T0) / HOUR));
    return `${id}: ${groups.join("+")} [${hours(asOf)},${hours(until)})`;
  });

describe("merging a collection", () => {
  const first = collection(0, [eni("eni-1", ["a"], at(0)), eni("eni-2", ["a"], at(0))]);

  it("into nothing gives the collection", () => {
    expect(mergeSnapshots(undefined, first, KEEP)).toEqual(first);
  });

  it("keeps the beginning of what is as it was", () => {
    const merged = mergeSnapshots(first, { ...first, collectedAt: at(1), interfaces: same(first, 1) }, KEEP);
    expect(merged).toEqual({ ...first, collectedAt: at(1) });
  });

  it("ends a state that changed, and begins the new one, when that was seen", () => {
    const merged = mergeSnapshots(first, collection(1, [eni("eni-1", ["b"], at(1)), eni("eni-2", ["a"], at(1))]), KEEP);
    expect(written(merged.interfaces)).toEqual(["eni-1: a [0,1)", "eni-1: b [1,)", "eni-2: a [0,)"]);
  });

  it("ends what is gone, and begins anew what comes back", () => {
    const gone = mergeSnapshots(first, collection(1, [eni("eni-1", ["a"], at(1))]), KEEP);
    expect(written(gone.interfaces)).toEqual(["eni-1: a [0,)", "eni-2: a [0,1)"]);
    const still = mergeSnapshots(gone, collection(2, [eni("eni-1", ["a"], at(2))]), KEEP);
    expect(written(still.interfaces)).toEqual(["eni-1: a [0,)", "eni-2: a [0,1)"]);
    const back = mergeSnapshots(still, collection(3, same(first, 3)), KEEP);
    expect(written(back.interfaces)).toEqual(["eni-1: a [0,)", "eni-2: a [0,1)", "eni-2: a [3,)"]);
  });

  it("drops what ended longer ago than it is kept", () => {
    const gone = mergeSnapshots(first, collection(1, [eni("eni-1", ["a"], at(1))]), KEEP);
    const kept = mergeSnapshots(gone, collection(25, [eni("eni-1", ["a"], at(25))]), KEEP);
    expect(kept.interfaces).toHaveLength(2);
    const dropped = mergeSnapshots(kept, collection(26, [eni("eni-1", ["a"], at(26))]), KEEP);
    expect(written(dropped.interfaces)).toEqual(["eni-1: a [0,)"]);
  });

  it("does not mind another order of lists, but another primary address", () => {
    const before = collection(0, [
      eni("eni-1", ["a", "b"], at(0), { addresses: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] }),
    ]);
    const now = (addresses: readonly string[]) =>
      mergeSnapshots(before, collection(1, [eni("eni-1", ["b", "a"], at(1), { addresses })]), KEEP).interfaces.length;
    expect(now(["10.0.0.1", "10.0.0.3", "10.0.0.2"])).toBe(1);
    expect(now(["10.0.0.2", "10.0.0.1", "10.0.0.3"])).toBe(2);
  });

  it("of another account or region is refused", () => {
    for (const other of [{ accountId: "444455556666" }, { region: "us-east-1" }]) {
      expect(() => mergeSnapshots(first, { ...first, ...other }, KEEP)).toThrow(
        expect.objectContaining({ code: "other-inventory" }),
      );
    }
  });

  it("takes over the history of a snapshot that has one", () => {
    const other = mergeSnapshots(first, collection(4, [eni("eni-1", ["c"], at(4))]), KEEP);
    expect(mergeSnapshots(undefined, other, KEEP)).toEqual(other);
    const earlier = collection(-1, [eni("eni-1", ["a"], at(-1)), eni("eni-2", ["z"], at(-1))]);
    expect(written(mergeSnapshots(earlier, other, KEEP).interfaces)).toEqual([
      "eni-1: a [-1,4)",
      "eni-1: c [4,)",
      "eni-2: z [-1,0)",
      "eni-2: a [0,4)",
    ]);
    expect(mergeSnapshots(other, earlier, KEEP)).toEqual(mergeSnapshots(earlier, other, KEEP));
  });
});

describe("merging the history of another collector", () => {
  it("does not end what was seen after the other one missed it", () => {
    const known = collection(2, [eni("eni-1", ["a"], at(0))]);
    const other = collection(3, [eni("eni-1", ["a"], at(0), { until: at(1) })], { missing: ["interfaces"] });
    expect(written(mergeSnapshots(known, other, KEEP).interfaces)).toEqual(["eni-1: a [0,)"]);
  });

  it("ends what the other one saw end since", () => {
    const known = collection(2, [eni("eni-1", ["a"], at(0))]);
    const other = collection(5, [eni("eni-1", ["a"], at(0), { until: at(3) })]);
    expect(written(mergeSnapshots(known, other, KEEP).interfaces)).toEqual(["eni-1: a [0,3)"]);
  });

  it("ends what the other one saw begin earlier and end since", () => {
    const known = collection(2, [eni("eni-1", ["a"], at(2))]);
    const other = collection(5, [eni("eni-1", ["a"], at(1), { until: at(3) })]);
    expect(written(mergeSnapshots(known, other, KEEP).interfaces)).toEqual(["eni-1: a [1,3)"]);
  });

  it("begins anew what the other one never missed", () => {
    const known = collection(2, [eni("eni-1", ["a"], at(0), { until: at(1) })]);
    const other = collection(3, [eni("eni-1", ["a"], at(0))]);
    expect(written(mergeSnapshots(known, other, KEEP).interfaces)).toEqual(["eni-1: a [0,1)", "eni-1: a [3,)"]);
  });
});

describe("merging a collection that could not read everything", () => {
  const rule = {
    id: "sgr-1",
    direction: "ingress",
    protocol: 6,
    fromPort: 443,
    toPort: 443,
    peer: { kind: "cidr", cidr: "0.0.0.0/0" },
  } as const;
  const madeUp = { ...rule, id: "sg-1/ingress/tcp/443/0.0.0.0/0" };
  const list = (id: string, cidrs: readonly string[] | undefined, asOf: number): PrefixList =>
    cidrs === undefined ? { id, asOf } : { id, cidrs, asOf };
  const acl = (id: string, asOf: number): NetworkAcl => ({ id, subnetIds: [], entries: [], asOf });
  const before = collection(0, [eni("eni-1", ["sg-1"], at(0), { name: "web-1", instanceId: "i-1" })], {
    groups: [group("sg-1", at(0), { name: "web", rules: [rule] })],
    prefixLists: [list("pl-1", ["192.0.2.0/24"], at(0))],
    networkAcls: [acl("acl-1", at(0))],
  });
  const without = (missing: readonly InventoryPart[], more: Partial<InventorySnapshot> = {}) =>
    mergeSnapshots(before, { ...before, collectedAt: at(1), missing, ...more }, KEEP);

  it.each([
    ["interfaces", { interfaces: [] }],
    ["groups", { groups: [] }],
    ["prefix-lists", { prefixLists: [] }],
    ["network-acls", { networkAcls: [] }],
    // Only those that rules name are looked up.
    ["rules", { prefixLists: [] }],
  ] as const)("ends nothing of %s", (part, more) => {
    expect(without([part], more)).toEqual({ ...before, collectedAt: at(1), missing: [part] });
  });

  it("keeps the rules that a group had", () => {
    expect(without(["rules"], { groups: [group("sg-1", at(1), { name: "web" })] }).groups).toEqual(before.groups);
  });

  it("keeps the names of groups", () => {
    expect(without(["groups"], { groups: [group("sg-1", at(1), { rules: [rule] })] }).groups).toEqual(before.groups);
  });

  it("sees rules change all the same", () => {
    const rules = [{ ...rule, toPort: 444 }];
    expect(without(["groups"], { groups: [group("sg-1", at(1), { rules })] }).groups).toEqual([
      { ...before.groups[0], until: at(1) },
      { id: "sg-1", name: "web", rules, asOf: at(1) },
    ]);
  });

  it("keeps the entries of prefix lists", () => {
    const prefixLists = [list("pl-1", undefined, at(1))];
    expect(without(["prefix-lists"], { prefixLists }).prefixLists).toEqual(before.prefixLists);
  });

  it("keeps the name that an interface has of its instance, while it is on that instance", () => {
    const named = (instanceId: string) =>
      without(["instance-names"], { interfaces: [eni("eni-1", ["sg-1"], at(1), { instanceId })] }).interfaces.at(-1);
    expect(named("i-1")).toEqual(before.interfaces[0]);
    expect(named("i-2")).not.toHaveProperty("name");
  });

  it("takes rules without ids of EC2's for those that say the same", () => {
    const groups = [group("sg-1", at(1), { name: "web", rules: [madeUp] })];
    expect(without([], { groups }).groups).toEqual(before.groups);
    const changed = [group("sg-1", at(1), { name: "web", rules: [madeUp, { ...madeUp, direction: "egress" }] })];
    expect(without([], { groups: changed }).groups).toHaveLength(2);
  });
});

describe("merging an older collection", () => {
  it("changes nothing that a later one saw", () => {
    const later = collection(2, [eni("eni-1", ["b"], at(2))]);
    const older = collection(1, [eni("eni-1", ["a"], at(1)), eni("eni-2", ["a"], at(1))], { missing: ["groups"] });
    const merged = mergeSnapshots(later, older, KEEP);
    expect(merged).toMatchObject({ collectedAt: at(2), missing: [] });
    expect(written(merged.interfaces)).toEqual(["eni-1: a [1,2)", "eni-1: b [2,)", "eni-2: a [1,2)"]);
  });

  it("moves the beginning of what was the same already", () => {
    const later = collection(2, [eni("eni-1", ["a"], at(2))]);
    const older = collection(1, [eni("eni-1", ["a"], at(1))]);
    expect(written(mergeSnapshots(later, older, KEEP).interfaces)).toEqual(["eni-1: a [1,)"]);
  });

  it("does not end what it does not know yet", () => {
    const later = collection(2, [eni("eni-1", ["a"], at(2))]);
    expect(written(mergeSnapshots(later, collection(1, []), KEEP).interfaces)).toEqual(["eni-1: a [2,)"]);
  });
});

describe("adding interfaces that were looked up", () => {
  const before = collection(0, [
    eni("eni-1", ["a"], at(0), { name: "web-1", instanceId: "i-1" }),
    eni("eni-2", ["a"], at(0)),
  ]);

  it("leaves the others as they are, and the version", () => {
    const added = addInterfaces(before, [eni("eni-3", ["a"], at(1))], at(1));
    expect(added.collectedAt).toBe(at(0));
    expect(written(added.interfaces)).toEqual(["eni-1: a [0,)", "eni-2: a [0,)", "eni-3: a [1,)"]);
  });

  it("sees what changed, and keeps the name of the instance", () => {
    const added = addInterfaces(before, [eni("eni-1", ["b"], at(1), { instanceId: "i-1" })], at(1));
    expect(written(added.interfaces)).toEqual(["eni-1: a [0,1)", "eni-1: b [1,)", "eni-2: a [0,)"]);
    expect(added.interfaces[1]?.name).toBe("web-1");
  });

  it("twice changes nothing", () => {
    const interfaces = [eni("eni-1", ["b"], at(1)), eni("eni-3", [], at(1))];
    const once = addInterfaces(before, interfaces, at(1));
    expect(addInterfaces(once, interfaces, at(1))).toEqual(once);
  });

  it("outlives a collection that began before, and ends with one that began after", () => {
    const added = addInterfaces(before, [eni("eni-3", ["a"], at(2))], at(2));
    const overtaken = mergeSnapshots(added, collection(1, same(before, 1)), KEEP);
    expect(written(overtaken.interfaces)).toContain("eni-3: a [2,)");
    const after = mergeSnapshots(overtaken, collection(3, same(before, 3)), KEEP);
    expect(written(after.interfaces)).toContain("eni-3: a [2,3)");
  });
});

describe("any collections, merged in any order", () => {
  const IDS = ["eni-1", "eni-2", "eni-3"];
  /** Which group each interface has at an hour, if it exists then. */
  const world = fc.array(
    fc.record(
      Object.fromEntries(IDS.map((id) => [id, fc.constantFrom("a", "b")])) as Record<string, fc.Arbitrary<"a" | "b">>,
      { requiredKeys: [] },
    ),
    { minLength: 1, maxLength: 12 },
  );
  type Hour = Readonly<Partial<Record<string, string>>>;
  const collected = (hour: Hour, hours: number, missing: readonly InventoryPart[] = []) =>
    collection(
      hours,
      Object.entries(hour).map(([id, name]) => eni(id, [name ?? ""], at(hours))),
      { missing },
    );
  const mergeAll = (snapshots: readonly InventorySnapshot[], keep: number): InventorySnapshot => {
    const [first, ...others] = snapshots;
    if (first === undefined) throw new Error("nothing to merge");
    return others.reduce((merged, each) => mergeSnapshots(merged, each, keep), mergeSnapshots(undefined, first, keep));
  };
  const stateAt = ({ interfaces }: InventorySnapshot, id: string, time: number) =>
    interfaces.find((each) => each.id === id && each.asOf <= time && (each.until === undefined || time < each.until));
  const SEED = 20260403;

  it("answer for every time that is kept what the last collection before it saw", () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 1, max: 12 }), (hours, kept) => {
        const merged = mergeAll(
          hours.map((hour, index) => collected(hour, index)),
          kept * HOUR,
        );
        for (let hour = Math.max(0, hours.length - 1 - kept); hour < hours.length; hour++) {
          for (const id of IDS) {
            for (const time of [at(hour), at(hour) + HOUR - 1]) {
              expect(stateAt(merged, id, time)?.groups[0]).toBe(hours[hour]?.[id]);
            }
          }
        }
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  it("keep no state that ended before that", () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 5 }), (hours, kept) => {
        const merged = mergeAll(
          hours.map((hour, index) => collected(hour, index)),
          kept * HOUR,
        );
        for (const { until } of merged.interfaces) {
          expect(until ?? merged.collectedAt).toBeGreaterThanOrEqual(merged.collectedAt - kept * HOUR);
        }
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  /** Collections of whole worlds, some without the interfaces, and lookups, in any order, with hours that repeat. */
  const events = fc.array(
    fc.record({
      hour: fc.integer({ min: 0, max: 8 }),
      seen: world.map(([first = {}]) => first as Hour),
      kind: fc.constantFrom("whole", "whole", "missing", "lookup"),
    }),
    { minLength: 1, maxLength: 10 },
  );
  type Event = { readonly hour: number; readonly seen: Hour; readonly kind: string };
  const apply = (previous: InventorySnapshot | undefined, { hour, seen, kind }: Event): InventorySnapshot => {
    if (kind === "lookup" && previous !== undefined) {
      return addInterfaces(previous, collected(seen, hour).interfaces, at(hour));
    }
    return mergeSnapshots(
      previous,
      collected(kind === "missing" ? {} : seen, hour, kind === "missing" ? ["interfaces"] : []),
      100 * HOUR,
    );
  };

  it("leave states that are sorted and never overlap, and change nothing the second time", () => {
    fc.assert(
      fc.property(events, (list) => {
        let snapshot: InventorySnapshot | undefined;
        for (const event of list) {
          const once = apply(snapshot, event);
          expect(apply(once, event)).toEqual(once);
          snapshot = once;
          const { interfaces } = once;
          for (const [index, state] of interfaces.entries()) {
            const next = interfaces[index + 1];
            expect(state.until ?? Number.POSITIVE_INFINITY).toBeGreaterThan(state.asOf);
            if (next === undefined) continue;
            expect(next.id >= state.id).toBe(true);
            if (next.id === state.id) expect(next.asOf).toBeGreaterThanOrEqual(state.until ?? Number.POSITIVE_INFINITY);
          }
        }
      }),
      { numRuns: 500, seed: SEED },
    );
  });

  it("never change what was known of a time", () => {
    fc.assert(
      fc.property(events, (list) => {
        const [first, ...others] = list;
        if (first === undefined) return;
        let snapshot = apply(undefined, first);
        for (const event of others) {
          const next = apply(snapshot, event);
          for (const state of snapshot.interfaces) {
            // Open states are known up to the last collection, or the lookup that saw them.
            const known = state.until === undefined ? Math.max(snapshot.collectedAt, state.asOf) : state.until - 1;
            for (const time of [state.asOf, known]) {
              if (time < state.asOf) continue;
              expect(stateAt(next, state.id, time)?.groups).toEqual(state.groups);
            }
          }
          snapshot = next;
        }
      }),
      { numRuns: 500, seed: SEED },
    );
  });

  it("of two collectors that race leave what the later one saw, whoever is first", () => {
    fc.assert(
      fc.property(world, fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 2 }), (hours, order) => {
        const of = (hour: number) => collected((hours[hour % hours.length] ?? {}) as Hour, hour);
        const last = of(Math.max(...order));
        const merged = mergeAll([of(0), ...order.map(of)], KEEP);
        const current = merged.interfaces.filter(({ until }) => until === undefined);
        expect(merged.collectedAt).toBe(last.collectedAt);
        expect(current.map(({ id, groups }) => [id, groups])).toEqual(
          [...last.interfaces].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, groups }) => [id, groups]),
        );
      }),
      { numRuns: 300, seed: SEED },
    );
  });
});
