import { ConfigurationError } from "@tributary/flow";
import { groupBy } from "./describe/group-by.js";
import type {
  Dated,
  InventoryPart,
  InventorySnapshot,
  NetworkInterface,
  PrefixList,
  SecurityGroup,
} from "./inventory.js";
import { type InventoryState, sameContent } from "./state-content.js";
import { type StateHistory, seen, unexpired, vanished } from "./state-history.js";

/**
 * The inventory after a collection. A state that still holds keeps its `asOf`; one that changed gets an `until`, and so does the last one of
 * what is gone: both stay for `keepMs` after that, so that late flows are explained as of their own time. Of the parts that `collected` is
 * missing nothing ends, for nobody looked. A collection that is older than `previous` only adds what it knows of the time before. Merging
 * one twice changes nothing. States stand in the order of ids, then of `asOf`. Throws `ConfigurationError` (`other-inventory`) if the two
 * are of different accounts or regions.
 */
export function mergeSnapshots(
  previous: InventorySnapshot | undefined,
  collected: InventorySnapshot,
  keepMs: number,
): InventorySnapshot {
  const before = previous ?? { ...collected, interfaces: [], groups: [], prefixLists: [], networkAcls: [] };
  if (before.accountId !== collected.accountId || before.region !== collected.region) {
    throw new ConfigurationError(
      "other-inventory",
      `the inventory of ${collected.accountId} in ${collected.region} cannot go into that of ${before.accountId} in ${before.region}: keep one for each account and region`,
    );
  }
  const at = collected.collectedAt;
  const settled = previous === undefined ? Number.NEGATIVE_INFINITY : before.collectedAt;
  const { collectedAt, missing } = at > settled ? collected : before;
  const when = { at, settled, limit: collectedAt - keepMs };
  const whole = (...parts: readonly InventoryPart[]) => ({
    allSeen: isWhole(collected, parts),
    allSeenBefore: isWhole(before, parts),
  });
  const lacks = (part: InventoryPart): boolean => collected.missing.includes(part);
  return {
    accountId: collected.accountId,
    region: collected.region,
    collectedAt,
    missing,
    interfaces: merged(before.interfaces, collected.interfaces, {
      ...when,
      ...whole("interfaces"),
      complete: lacks("instance-names") ? withInstanceName : asSeen,
    }),
    groups: merged(before.groups, collected.groups, {
      ...when,
      ...whole("groups"),
      complete: lacks("groups") || lacks("rules") ? withKnownParts : asSeen,
    }),
    prefixLists: merged(before.prefixLists, collected.prefixLists, {
      ...when,
      // Only those that rules name are looked up: without the rules none of them is.
      ...whole("prefix-lists", "rules"),
      complete: lacks("prefix-lists") ? withKnownParts : asSeen,
    }),
    networkAcls: merged(before.networkAcls, collected.networkAcls, {
      ...when,
      ...whole("network-acls"),
      complete: asSeen,
    }),
  };
}

function isWhole({ missing }: InventorySnapshot, parts: readonly InventoryPart[]): boolean {
  return parts.every((part) => !missing.includes(part));
}

/**
 * The inventory with `interfaces` as they were looked up at `collectedAt`, ms; all others stay as they are. The version (`collectedAt` of
 * the inventory) stays that of the last whole collection, so `asOf` of what was added may be later.
 */
export function addInterfaces(
  previous: InventorySnapshot,
  interfaces: readonly NetworkInterface[],
  collectedAt: number,
): InventorySnapshot {
  const when = { at: collectedAt, settled: previous.collectedAt, limit: Number.NEGATIVE_INFINITY };
  const whole = { allSeen: false, allSeenBefore: isWhole(previous, ["interfaces"]) };
  return {
    ...previous,
    interfaces: merged(previous.interfaces, interfaces, { ...when, ...whole, complete: withInstanceName }),
  };
}

interface Merging<T> {
  /** When it was collected, and the collection before. */
  readonly at: number;
  readonly settled: number;
  /** States that ended before are dropped. */
  readonly limit: number;
  /** The state that was seen, with what nobody looked for as it was known before. */
  readonly complete: (state: T, known: T) => T;
  /** Whether what was not seen was not there: at `at`, and at `settled`. */
  readonly allSeen: boolean;
  readonly allSeenBefore: boolean;
}

function merged<T extends InventoryState>(
  before: readonly T[],
  collected: readonly T[],
  { at, settled, limit, complete, allSeen, allSeenBefore }: Merging<T>,
): readonly T[] {
  const histories = new Map<string, StateHistory<T>>(groupBy(before, ({ id }) => id));
  const present = new Set<string>();
  const seeing = { settled, same: sameContent };
  for (const state of collected) {
    const history = histories.get(state.id) ?? [];
    const known = history.findLast(({ asOf }) => asOf <= state.asOf);
    const completed = known === undefined ? state : complete(state, known);
    let now = seen(history, completed, seeing);
    if (state.until === undefined) {
      present.add(state.id);
      // A snapshot that has a history itself began to see it earlier; it is there still.
      if (state.asOf < at) now = seen(now, { ...completed, asOf: at }, seeing);
      if (at < settled && allSeenBefore && !isOpen(history)) now = vanished(now, settled);
    }
    histories.set(state.id, now);
  }
  return [...histories]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([id, history]) =>
      unexpired(at > settled && allSeen && !present.has(id) ? vanished(history, at) : history, limit),
    );
}

function isOpen(history: StateHistory<Dated>): boolean {
  const last = history.at(-1);
  return last !== undefined && last.until === undefined;
}

const asSeen = <T>(state: T): T => state;

/** An interface without a name of its own keeps the one of its instance. */
function withInstanceName(state: NetworkInterface, known: NetworkInterface): NetworkInterface {
  if (state.name !== undefined || known.name === undefined) return state;
  return state.instanceId !== undefined && state.instanceId === known.instanceId
    ? { ...state, name: known.name }
    : state;
}

/** What the state lacks is as it was known. */
function withKnownParts<T extends SecurityGroup | PrefixList>(state: T, known: T): T {
  const { until: _, ...rest } = known;
  return { ...rest, ...state } as T;
}
