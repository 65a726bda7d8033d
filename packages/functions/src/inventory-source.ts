import {
  type ExplainedFlow,
  type FlowContext,
  FlowExplainer,
  type InventorySnapshot,
  type NetworkInterface,
} from "@tributary/context";
import { errorText } from "./error-text.js";
import { HeldSnapshots, type RefusedSnapshot } from "./held-snapshots.js";
import type { InventoryRequest, InventoryRequests } from "./inventory-requests.js";
import { LearnedInterfaces, type Place } from "./learned-interfaces.js";
import type { SnapshotStore } from "./snapshot-store.js";
import { type LoggedFlow, UnknownInterfaces } from "./unknown-interfaces.js";

/** What a direct lookup of interfaces told. */
export interface LookedUp {
  readonly found: readonly NetworkInterface[];
  /** Those that do not exist. */
  readonly unknown: readonly string[];
  /** Calls to EC2. */
  readonly calls: number;
  /** What went wrong, if anything did. */
  readonly problems: readonly string[];
}

/** Looks up interfaces of one account and region, within a budget of its own. */
export interface DirectLookup extends Place {
  /** Ids that the answer does not name were not looked up. */
  find(ids: readonly string[]): Promise<LookedUp>;
}

export interface InventorySourceOptions {
  readonly store: SnapshotStore;
  /** ms since the epoch. */
  readonly now: () => number;
  /** ms between two looks at the store. */
  readonly refreshEvery: number;
  /** ms after which one look at the store reads no further snapshots. */
  readonly refreshWithin?: number;
  /** Bytes of all snapshots together, as they are stored; what is beyond is left out. */
  readonly maxBytes?: number;
  /** Where unknown interfaces are asked for; nowhere if absent. */
  readonly requests?: InventoryRequests;
  /** Direct lookups in an account and region, where they are wanted and possible; undefined is what the log does not name. */
  readonly lookupFor?: (accountId: string | undefined, region: string | undefined) => DirectLookup | undefined;
  /** ms after which an interface that a lookup found is forgotten. */
  readonly learnedFor?: number;
  /** ms during which an unknown interface is not asked for again. */
  readonly unknownFor?: number;
  readonly explainerOf?: (snapshots: readonly InventorySnapshot[]) => FlowContext;
}

/** What happened since the last report. */
export interface SourceReport {
  /** Snapshots in use; 0 without an inventory. */
  readonly snapshots: number;
  /** The first few of the snapshots of which a former version, or none, is in use. */
  readonly refused: readonly RefusedSnapshot[];
  readonly refusedCount: number;
  /** Whether the snapshots, though read, could not be used, so that flows are explained by former ones. */
  readonly stale: boolean;
  readonly loaded: number;
  /** Looks at the store that did not even give a list of the snapshots. */
  readonly storeFailures: number;
  /** Snapshots that could not be read. */
  readonly readFailures: number;
  /** Times that the snapshots could not be used. */
  readonly explainerFailures: number;
  /**
   * Explanations of flows of interfaces that no inventory knows: a flow that does not fit the response is explained more than once, and again
   * when it returns.
   */
  readonly unknownFlows: number;
  /** Such flows whose interfaces could not even be noted, as too many were. */
  readonly notNoted: number;
  /** Interfaces that the collector was asked for. */
  readonly requested: number;
  readonly failedRequests: number;
  /** Calls to EC2. */
  readonly ec2Calls: number;
  /** Interfaces that a direct lookup found. */
  readonly learned: number;
  /** The first few of all errors. */
  readonly problems: readonly string[];
}

const MINUTE = 60_000;
const LEARNED_FOR = 10 * MINUTE;
const UNKNOWN_FOR = 15 * MINUTE;
/** A store or queue that failed is tried again after so many ms. */
const RETRY_AFTER = 5000;
const MAX_PROBLEMS = 5;
const MAX_REFUSED = 5;
const REFRESH_WITHIN = 10_000;
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * The inventory as a transform holds it: the stored snapshots, then what lookups told, then `unknown-interface` and a request to the
 * collector. Explaining never waits and never fails for it: `refresh` before a batch and `flush` after it do the rest.
 */
export class InventorySource implements FlowContext {
  readonly #options: InventorySourceOptions;
  readonly #held: HeldSnapshots;
  readonly #learned: LearnedInterfaces;
  readonly #unknown: UnknownInterfaces;
  readonly #explainerOf: (snapshots: readonly InventorySnapshot[]) => FlowContext;
  #explainer: FlowContext;
  #outdated = false;
  #stale = false;
  #nextLook = Number.NEGATIVE_INFINITY;
  #nextBuild = Number.NEGATIVE_INFINITY;
  #nextRequest = Number.NEGATIVE_INFINITY;
  /** Whether the store ever gave a list. Until then no interface is unknown, only not yet seen. */
  #storeAnswered = false;
  #counts = emptyCounts();

  constructor(options: InventorySourceOptions) {
    const { now, store, learnedFor = LEARNED_FOR, unknownFor = UNKNOWN_FOR } = options;
    this.#options = options;
    const { refreshWithin = REFRESH_WITHIN, maxBytes = MAX_BYTES } = options;
    this.#held = new HeldSnapshots(store, { now, refreshWithin, maxBytes });
    this.#learned = new LearnedInterfaces({ now, keepFor: learnedFor });
    this.#unknown = new UnknownInterfaces({ now, askAgainAfter: unknownFor });
    this.#explainerOf = options.explainerOf ?? ((snapshots) => new FlowExplainer(snapshots));
    this.#explainer = this.#explainerOf([]);
  }

  /** Looks at the store, unless it did so lately. Never throws: what cannot be read is counted, and what is there stays in use. */
  async refresh(): Promise<void> {
    const now = this.#options.now();
    if (now >= this.#nextLook) {
      let wait = this.#options.refreshEvery;
      try {
        this.#counts.readFailures += await this.#held.refresh();
        this.#storeAnswered = true;
      } catch (error) {
        this.#counts.storeFailures++;
        this.#problem("snapshots could not be read", error);
        wait = Math.min(wait, RETRY_AFTER);
      }
      this.#nextLook = now + wait;
    }
    if (this.#held.takeChanged()) {
      this.#outdated = true;
      this.#nextBuild = now;
    }
    if (this.#learned.forgetOld()) this.#outdated = true;
    if (this.#outdated && now >= this.#nextBuild) this.#build(now);
  }

  /** Makes use of what is there now; what was in use stays so if that is malformed. */
  #build(now: number): void {
    try {
      this.#explainer = this.#explainerOf(this.#learned.addTo(this.#held.snapshots));
      this.#outdated = false;
      this.#stale = false;
    } catch (error) {
      this.#stale = true;
      this.#nextBuild = now + this.#options.refreshEvery;
      this.#counts.explainerFailures++;
      this.#problem("the inventory could not be used", error);
    }
  }

  explain(flow: LoggedFlow, time: number): ExplainedFlow {
    const explained = this.#explainer.explain(flow, time);
    if (explained.explanation.verdict === "unknown-interface") {
      this.#counts.unknownFlows++;
      this.#unknown.note(flow);
    }
    return explained;
  }

  /** Asks for the interfaces that were unknown since the last time. Never throws: what fails is counted. */
  async flush(): Promise<void> {
    const unknown = this.#unknown.take();
    const rest: InventoryRequest[] = [];
    for (const request of unknown) {
      const interfaceIds = await this.#lookUp(request);
      if (interfaceIds.length > 0) rest.push({ ...request, interfaceIds });
    }
    const { requests, now } = this.#options;
    if (rest.length === 0 || requests === undefined || !this.#storeAnswered || now() < this.#nextRequest) return;
    try {
      await requests.send(rest);
      for (const { interfaceIds } of rest) {
        this.#unknown.asked(interfaceIds);
        this.#counts.requested += interfaceIds.length;
      }
    } catch (error) {
      // They are noted again with their next flows.
      this.#nextRequest = now() + RETRY_AFTER;
      this.#counts.failedRequests++;
      this.#problem("the collector could not be asked", error);
    }
  }

  /** What happened since the last report. */
  takeReport(): SourceReport {
    const { snapshots, refused } = this.#held;
    const notNoted = this.#unknown.takeOverflow();
    const report = {
      snapshots: snapshots.length,
      refused: refused.slice(0, MAX_REFUSED),
      refusedCount: refused.length,
      stale: this.#stale,
      loaded: this.#held.takeLoaded(),
      notNoted,
      ...this.#counts,
    };
    this.#counts = emptyCounts();
    return report;
  }

  /** The ids that a direct lookup did not settle. */
  async #lookUp({ accountId, region, interfaceIds }: InventoryRequest): Promise<readonly string[]> {
    const lookup = this.#options.lookupFor?.(accountId, region);
    if (lookup === undefined) return interfaceIds;
    try {
      const { found, unknown, calls, problems } = await lookup.find(interfaceIds);
      this.#counts.ec2Calls += calls;
      for (const problem of problems) this.#problem(problem);
      for (const one of found) this.#learned.add(one, lookup);
      if (found.length > 0) this.#outdated = true;
      this.#counts.learned += found.length;
      // What is unknown here may be elsewhere, unless the log said that it is here, or there is nobody else to ask.
      const here = accountId !== undefined && region !== undefined;
      const absent = here || this.#options.requests === undefined ? unknown : [];
      this.#unknown.asked(absent);
      const settled = new Set([...absent, ...found.map(({ id }) => id)]);
      return interfaceIds.filter((id) => !settled.has(id));
    } catch (error) {
      this.#problem("interfaces could not be looked up", error);
      return interfaceIds;
    }
  }

  #problem(what: string, error?: unknown): void {
    if (this.#counts.problems.length >= MAX_PROBLEMS) return;
    const reason = error instanceof Error ? `: ${errorText(error)}` : "";
    this.#counts.problems.push(`${what}${reason}`);
  }
}

function emptyCounts() {
  return {
    storeFailures: 0,
    readFailures: 0,
    explainerFailures: 0,
    unknownFlows: 0,
    requested: 0,
    failedRequests: 0,
    ec2Calls: 0,
    learned: 0,
    problems: [] as string[],
  };
}
