import type { FlowCounts, Lake } from "@tributary/lake";
import type { InputProblem } from "./input-problem.js";
import { count, sum } from "./input-progress.js";

/** Why a run ended before everything was read: Ctrl-C, or the limit of `--max-disk`. */
export type Stopped = "interrupted" | "max-disk";

/** What a run did: `run --output json`. */
export interface IngestSummary {
  readonly flows: {
    readonly read: number;
    readonly delivered: number;
    readonly skipped: Readonly<Record<string, number>>;
    readonly parked: Readonly<Record<string, number>>;
  };
  /** OCSF documents written, one a delivered flow. */
  readonly documents: number;
  readonly inputs: {
    readonly read: number;
    readonly unchanged: number;
    /** Files outside the times, accounts and regions that were asked for. */
    readonly outside: number;
    /** Inputs that the lake has from another search: left as they are. */
    readonly otherMatch: number;
    /** The first of them, and of the problems; how many more there are is said where there are. */
    readonly notFlowLogs: readonly { readonly path: string; readonly what: string }[];
    readonly problems: readonly InputProblem[];
    readonly moreNotFlowLogs?: number;
    readonly moreProblems?: number;
  };
  /** The whole lake after the run. */
  readonly lake: {
    readonly path: string;
    readonly files: number;
    readonly partitions: number;
    readonly rows: number;
    readonly bytes: number;
  };
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly stopped?: Stopped;
}

/** A bucket may have any number of objects that cannot be read. */
const MOST_KEPT = 10_000;

class FirstOf<T> {
  readonly items: T[] = [];
  more = 0;

  add(item: T): boolean {
    if (this.items.length < MOST_KEPT) this.items.push(item);
    else this.more++;
    return this.more === 0;
  }
}

/** Sums up a run, batch by batch. */
export class IngestTotals {
  read = 0;
  unchanged = 0;
  outside = 0;
  otherMatch = 0;
  readonly #notFlowLogs = new FirstOf<{ readonly path: string; readonly what: string }>();
  readonly #problems = new FirstOf<InputProblem>();
  #delivered = 0;
  readonly #skipped: Record<string, number> = {};
  readonly #parked: Record<string, number> = {};

  notFlowLog(path: string, what: string): void {
    this.#notFlowLogs.add({ path, what });
  }

  /** What counts by now. */
  get kept(): { readonly inputs: number; readonly flows: number } {
    return { inputs: this.read, flows: this.#delivered };
  }

  /** Says whether it is one of the first, which are shown. */
  problem(problem: InputProblem): boolean {
    return this.#problems.add(problem);
  }

  /** Adds what an input has now, less what it had before this run or batch. */
  add(now: FlowCounts, before: FlowCounts | undefined): void {
    this.#delivered += now.delivered - (before?.delivered ?? 0);
    addUp(this.#skipped, now.skipped, before?.skipped);
    addUp(this.#parked, now.parked, before?.parked);
  }

  summary(
    lake: Lake,
    { seconds, stopped }: { readonly seconds: number; readonly stopped: Stopped | undefined },
  ): IngestSummary {
    const [delivered, skipped, parked] = [this.#delivered, this.#skipped, this.#parked];
    const files = lake.parquetFiles();
    return {
      flows: { read: delivered + sum(skipped) + sum(parked), delivered, skipped, parked },
      documents: delivered,
      inputs: {
        read: this.read,
        unchanged: this.unchanged,
        outside: this.outside,
        otherMatch: this.otherMatch,
        notFlowLogs: this.#notFlowLogs.items,
        problems: this.#problems.items,
        ...(this.#notFlowLogs.more === 0 ? {} : { moreNotFlowLogs: this.#notFlowLogs.more }),
        ...(this.#problems.more === 0 ? {} : { moreProblems: this.#problems.more }),
      },
      lake: {
        path: lake.folder,
        files: files.length,
        partitions: new Set(files.map(({ partition }) => `${partition.accountId}/${partition.eventDay}`)).size,
        rows: files.reduce((total, { rows }) => total + rows, 0),
        bytes: files.reduce((total, { bytes }) => total + bytes, 0),
      },
      seconds,
      interrupted: stopped === "interrupted",
      ...(stopped === undefined ? {} : { stopped }),
    };
  }
}

function addUp(
  total: Record<string, number>,
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>> | undefined,
): void {
  for (const [reason, flows] of Object.entries(now)) {
    const more = flows - (before?.[reason] ?? 0);
    if (more > 0) count(total, reason, more);
  }
}
