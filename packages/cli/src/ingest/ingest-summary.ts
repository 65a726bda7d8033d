import type { Lake } from "@tributary/lake";
import type { InputProblem } from "./input-problem.js";
import { count, type InputProgress, sum } from "./input-progress.js";

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
    readonly notFlowLogs: readonly { readonly path: string; readonly what: string }[];
    readonly problems: readonly InputProblem[];
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
}

/** Sums up a run: what its inputs have now, less what they had before. */
export class IngestTotals {
  unchanged = 0;
  readonly inputs = new Set<string>();
  readonly notFlowLogs: { readonly path: string; readonly what: string }[] = [];
  readonly problems: InputProblem[] = [];
  readonly #begun: { readonly input: InputProgress; readonly before: InputProgress["flows"] }[] = [];
  /** Flows of inputs that are read to their end. */
  #done = 0;

  /** Remembers where an input stood when this run took it up. */
  begin(input: InputProgress): void {
    const last = this.#begun.at(-1);
    if (last !== undefined) this.#done += last.input.read - last.before.read;
    this.#begun.push({ input, before: input.flows });
  }

  /** Flows that this run read, less what the given input, the current one, has in all. */
  readBefore(input: InputProgress): number {
    const last = this.#begun.at(-1);
    return this.#done - (last?.input === input ? last.before.read : 0);
  }

  summary(
    lake: Lake,
    { seconds, interrupted }: { readonly seconds: number; readonly interrupted: boolean },
  ): IngestSummary {
    const skipped: Record<string, number> = {};
    const parked: Record<string, number> = {};
    let delivered = 0;
    for (const { input, before } of this.#begun) {
      delivered += input.delivered - before.delivered;
      for (const [reason, flows] of Object.entries(input.skipped))
        add(skipped, reason, flows - (before.skipped[reason] ?? 0));
      for (const [reason, flows] of Object.entries(input.parked))
        add(parked, reason, flows - (before.parked[reason] ?? 0));
    }
    const files = lake.parquetFiles();
    return {
      flows: { read: delivered + sum(skipped) + sum(parked), delivered, skipped, parked },
      documents: delivered,
      inputs: {
        read: this.inputs.size,
        unchanged: this.unchanged,
        notFlowLogs: this.notFlowLogs,
        problems: this.problems,
      },
      lake: {
        path: lake.folder,
        files: files.length,
        partitions: new Set(files.map(({ partition }) => `${partition.accountId}/${partition.eventDay}`)).size,
        rows: files.reduce((total, { rows }) => total + rows, 0),
        bytes: files.reduce((total, { bytes }) => total + bytes, 0),
      },
      seconds,
      interrupted,
    };
  }
}

function add(counters: Record<string, number>, reason: string, flows: number): void {
  if (flows > 0) count(counters, reason, flows);
}
