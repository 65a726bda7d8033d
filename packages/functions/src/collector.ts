import {
  addInterfaces,
  type InventorySnapshot,
  inventoryOf,
  mergeSnapshots,
  type NetworkInterface,
} from "@tributary/context";
import type { CollectedInventory, CollectionProblem, InterfaceLookup, InventoryTarget } from "@tributary/context/ec2";
import { LRUCache } from "lru-cache";
import type { CollectionPlan, TargetPlan } from "./collection-plan.js";
import { errorText } from "./error-text.js";
import { type SnapshotStore, snapshotName } from "./snapshot-store.js";
import type { TableObjects } from "./table-objects.js";
import { readStoredSnapshot, type WriteSnapshotOptions, writeSnapshot } from "./write-snapshot.js";
import { writeStoredTables } from "./write-stored-tables.js";
import type { TableOutcome } from "./write-tables.js";

export interface CollectorOptions<T extends InventoryTarget> {
  readonly store: SnapshotStore;
  readonly tables: TableObjects;
  /** Before the names of tables, without a slash at its end. */
  readonly tablesPrefix: string;
  /** Collects everything of the targets and gives each to `take` as soon as it is there. */
  readonly collect: (targets: readonly T[], take: (collected: CollectedInventory<T>) => Promise<void>) => Promise<void>;
  /** Looks up interfaces of a target. */
  readonly lookupFor: (target: T) => Pick<InterfaceLookup, "find">;
  /** ms since the epoch. */
  readonly now: () => number;
  /** ms that former states are kept. */
  readonly keepFor: number;
  /** With more unknown interfaces than this, collecting everything is cheaper. */
  readonly fullAbove: number;
  /** ms during which an interface that does not exist is not looked up again. */
  readonly unknownFor: number;
  readonly tags: readonly string[];
  readonly backOff: WriteSnapshotOptions["backOff"];
}

/** What became of one target. */
export interface TargetReport {
  readonly accountId: string;
  readonly region: string;
  /** `none`: everything that was asked for is known, or known not to exist. */
  readonly kind: "full" | "lookup" | "none";
  /** Calls to EC2, repetitions included. */
  readonly calls: number;
  /** Of the snapshot that was written, if one was. */
  readonly interfaces?: number;
  readonly groups?: number;
  /** Interfaces that are gone and still known. */
  readonly tombstones?: number;
  readonly missing?: readonly string[];
  /** Other collectors that wrote the snapshot at the same time. */
  readonly conflicts?: number;
  readonly replacedBroken?: boolean;
  readonly tables?: Readonly<Record<string, TableOutcome>>;
  readonly problems: readonly string[];
  /** Whether it is worth trying again soon. */
  readonly again: boolean;
}

/** Interfaces that are remembered not to exist, those of each target apart. */
const MAX_UNKNOWN = 20_000;

/**
 * Keeps the stored inventory up to date: everything at once, or single interfaces. The snapshot is written first and the tables after it; if
 * that is interrupted, the next collection writes them.
 */
export class Collector<T extends InventoryTarget> {
  readonly #options: CollectorOptions<T>;
  readonly #unknown: LRUCache<string, true>;

  constructor(options: CollectorOptions<T>) {
    this.#options = options;
    const { now, unknownFor } = options;
    this.#unknown = new LRUCache({ max: MAX_UNKNOWN, ttl: unknownFor, ttlResolution: 0, perf: { now } });
  }

  /**
   * Collects everything of these targets and writes each as soon as it is there, so that one cut short loses only what it did not reach.
   * Never throws for a target: its report says what failed. The reports stand in the order of the targets.
   */
  async collectAll(targets: readonly T[]): Promise<readonly TargetReport[]> {
    const reports = new Map<T, TargetReport>();
    await this.#options.collect(targets, async ({ target, inventory, problems, calls }) => {
      const failed = inventory === undefined || inventory.missing.includes("interfaces");
      const gathered = { calls, problems, again: failed && worthRepeating(problems) };
      const report = await this.#report(target, "full", gathered, (stored) =>
        inventory === undefined ? undefined : mergeSnapshots(stored, inventory, this.#options.keepFor),
      );
      reports.set(target, report);
    });
    return targets.flatMap((target) => reports.get(target) ?? []);
  }

  /** Does what a plan says. The reports stand in the order of its targets. */
  async carryOut({ targets }: Pick<CollectionPlan<T>, "targets">): Promise<readonly TargetReport[]> {
    const reports = new Map<T, TargetReport>();
    /** Targets to collect everything of, with the calls that were made before that showed. */
    const all = new Map<T, number>();
    for (const plan of targets) {
      const lookedUp = plan.full ? 0 : await this.#tryLookUp(plan);
      if (typeof lookedUp === "number") all.set(plan.target, lookedUp);
      else reports.set(plan.target, lookedUp);
    }
    const full = all.size === 0 ? [] : await this.collectAll([...all.keys()]);
    for (const [index, [target, before]] of [...all].entries()) {
      const report = full[index];
      if (report !== undefined) reports.set(target, { ...report, calls: report.calls + before });
    }
    return targets.flatMap(({ target }) => reports.get(target) ?? []);
  }

  async #tryLookUp(plan: TargetPlan<T>): Promise<TargetReport | number> {
    const made = { calls: 0 };
    try {
      return await this.#lookUp(plan, made);
    } catch (error) {
      const { accountId, region } = plan.target;
      const problems = [`interfaces of ${snapshotName(accountId, region)}: ${errorText(error)}`];
      return { accountId, region, kind: "lookup", ...made, problems, again: true };
    }
  }

  /** A number of calls made if everything is to be collected instead; `made` has it even if this throws. */
  async #lookUp({ target, interfaceIds }: TargetPlan<T>, made: { calls: number }): Promise<TargetReport | number> {
    const { lookupFor, fullAbove } = this.#options;
    const { accountId, region } = target;
    // What one target does not have, another may.
    const place = snapshotName(accountId, region);
    const wanted = [...interfaceIds].filter((id) => !this.#unknown.has(`${place}/${id}`));
    if (wanted.length === 0) return this.#report(target, "none", NOTHING);
    const stored = await this.#stored(target);
    if (stored === undefined) return 0;
    const present = new Set(stored.interfaces.filter(({ until }) => until === undefined).map(({ id }) => id));
    const ids = wanted.filter((id) => !present.has(id));
    if (ids.length === 0) return this.#report(target, "none", NOTHING);
    if (ids.length > fullAbove) return 0;

    const collectedAt = this.#options.now();
    const { found, unknown, postponed, problems, calls } = await lookupFor(target).find(ids);
    made.calls = calls;
    for (const id of unknown) this.#unknown.set(`${place}/${id}`, true);
    const about = { accountId, region, collectedAt, tags: this.#options.tags };
    const { interfaces } = inventoryOf({ networkInterfaces: found }, about);
    if (hasNewGroups(interfaces, stored)) return calls;
    const again = postponed.length > 0 && (problems.length === 0 || worthRepeating(problems));
    return this.#report(target, "lookup", { calls, problems, again }, (before) =>
      interfaces.length === 0 ? undefined : addInterfaces(before ?? stored, interfaces, collectedAt),
    );
  }

  /** Undefined if there is none, or it is broken. */
  async #stored({ accountId, region }: T): Promise<InventorySnapshot | undefined> {
    const name = snapshotName(accountId, region);
    const stored = await this.#options.store.read(name);
    if (stored === undefined || stored === "unchanged") return undefined;
    const snapshot = readStoredSnapshot(stored.bytes, name);
    return snapshot === "broken" ? undefined : snapshot;
  }

  /** Writes what `change` gives, if anything, and says what became of it. */
  async #report(
    { accountId, region }: T,
    kind: TargetReport["kind"],
    { calls, problems, again }: Gathered,
    change?: (stored: InventorySnapshot | undefined) => InventorySnapshot | undefined,
  ): Promise<TargetReport> {
    const { store, tables, tablesPrefix, backOff } = this.#options;
    const messages = problems.map(({ message }) => message);
    const report = { accountId, region, kind, calls };
    try {
      const written = change && (await writeSnapshot(store, { accountId, region }, change, { backOff }));
      if (written === undefined) return { ...report, problems: messages, again };
      const { snapshot, conflicts, replacedBroken } = written;
      return {
        ...report,
        ...countsOf(snapshot),
        conflicts,
        replacedBroken,
        tables: await writeStoredTables(store, tables, tablesPrefix, snapshot, { backOff }),
        problems: messages,
        again,
      };
    } catch (error) {
      const message = `${snapshotName(accountId, region)}: ${errorText(error)}`;
      return { ...report, problems: [...messages, message], again: true };
    }
  }
}

/** What asking EC2 gave besides descriptions. */
interface Gathered {
  readonly calls: number;
  readonly problems: readonly CollectionProblem[];
  readonly again: boolean;
}

const NOTHING: Gathered = { calls: 0, problems: [], again: false };

const PASSING: ReadonlySet<CollectionProblem["kind"]> = new Set(["throttled", "timed-out", "failed"]);

/** Whether any of the problems may be gone soon; what is not allowed stays so. */
function worthRepeating(problems: readonly CollectionProblem[]): boolean {
  return problems.some(({ kind }) => PASSING.has(kind));
}

function hasNewGroups(interfaces: readonly NetworkInterface[], { groups, missing }: InventorySnapshot): boolean {
  if (missing.includes("groups")) return false;
  const known = new Set(groups.map(({ id }) => id));
  return interfaces.some((one) => one.groups.some((id) => !known.has(id)));
}

function countsOf({ interfaces, groups, missing }: InventorySnapshot) {
  const present = idsOf(interfaces.filter(({ until }) => until === undefined));
  return {
    interfaces: present.size,
    groups: idsOf(groups.filter(({ until }) => until === undefined)).size,
    tombstones: idsOf(interfaces).size - present.size,
    missing,
  };
}

function idsOf(states: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(states.map(({ id }) => id));
}
