import type { NetworkInterface } from "@aws-sdk/client-ec2";
import { type CollectionProblem, callsOf, collectionProblem } from "./collection-problem.js";
import { type DescriptionPages, MAX_FILTER_VALUES } from "./description-pages.js";

export interface LookupOptions {
  /** Named in problems. */
  readonly region: string;
  /** Ids of one call; at most, and by default, `MAX_FILTER_VALUES`. */
  readonly batch?: number;
  /** Calls within any minute, repetitions included. What exceeds them is postponed. */
  readonly callsPerMinute: number;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** What became of the ids that were looked up; each is in exactly one of them. */
export interface LookupResult {
  readonly found: readonly NetworkInterface[];
  /** EC2 knows no such interface. */
  readonly unknown: readonly string[];
  /** Not asked for, as the budget was spent, or not answered; ask again later. */
  readonly postponed: readonly string[];
  readonly problems: readonly CollectionProblem[];
  /** Calls made for these ids alone; those that an earlier lookup made for the same ids are not counted twice. */
  readonly calls: number;
}

type Answer =
  | { readonly kind: "found"; readonly description: NetworkInterface }
  | { readonly kind: "unknown" }
  | { readonly kind: "postponed" };

const MINUTE = 60_000;

/** Looks up single interfaces by id, many with one call, within a budget. Ids that are being looked up already share the answer. */
export class InterfaceLookup {
  readonly #ec2: Pick<DescriptionPages, "networkInterfaces">;
  readonly #options: LookupOptions;
  readonly #batch: number;
  readonly #underWay = new Map<string, Promise<Answer>>();
  /** When the calls of the last minute were made. */
  #calls: number[] = [];

  constructor(ec2: Pick<DescriptionPages, "networkInterfaces">, options: LookupOptions) {
    this.#ec2 = ec2;
    this.#options = options;
    this.#batch = Math.max(1, Math.min(options.batch ?? MAX_FILTER_VALUES, MAX_FILTER_VALUES));
  }

  /** Never throws: what EC2 does not answer is postponed and named in `problems`. */
  async find(ids: Iterable<string>): Promise<LookupResult> {
    const wanted = [...new Set(ids)];
    const fresh = wanted.filter((id) => !this.#underWay.has(id));
    const problems: CollectionProblem[] = [];
    let calls = 0;
    for (let from = 0; from < fresh.length; from += this.#batch) {
      const batch = fresh.slice(from, from + this.#batch);
      const answers = this.#ask(batch, (made, problem) => {
        calls += made;
        if (problem !== undefined) problems.push(problem);
      });
      for (const id of batch) {
        this.#underWay.set(
          id,
          answers.then((found) => found.get(id) ?? { kind: "unknown" }),
        );
      }
    }
    const answers = await Promise.all(wanted.map((id) => this.#underWay.get(id)));
    for (const id of fresh) this.#underWay.delete(id);

    const of = (kind: Answer["kind"]) => wanted.filter((_, index) => answers[index]?.kind === kind);
    return {
      found: answers.flatMap((answer) => (answer?.kind === "found" ? answer.description : [])),
      unknown: of("unknown"),
      postponed: of("postponed"),
      problems,
      calls,
    };
  }

  /** The answers for one call's ids; those it says nothing of are unknown. */
  async #ask(
    ids: readonly string[],
    report: (calls: number, problem?: CollectionProblem) => void,
  ): Promise<ReadonlyMap<string, Answer>> {
    const postponed = () => new Map(ids.map((id) => [id, { kind: "postponed" } as const]));
    if (!this.#afford()) return postponed();
    const found = new Map<string, Answer>();
    try {
      for await (const { items, calls } of this.#ec2.networkInterfaces(ids)) {
        this.#spend(calls);
        report(calls);
        for (const item of items) {
          if (item.NetworkInterfaceId !== undefined)
            found.set(item.NetworkInterfaceId, { kind: "found", description: item });
        }
      }
      return found;
    } catch (error) {
      const calls = callsOf(error);
      this.#spend(calls);
      report(calls, collectionProblem("interfaces", "DescribeNetworkInterfaces", this.#options.region, error));
      return postponed();
    }
  }

  /** Reserves one call. */
  #afford(): boolean {
    const now = this.#options.now();
    this.#calls = this.#calls.filter((time) => now - time < MINUTE);
    if (this.#calls.length >= this.#options.callsPerMinute) return false;
    this.#calls.push(now);
    return true;
  }

  /** Counts what a reserved call took beyond the one that was reserved. */
  #spend(calls: number): void {
    const now = this.#options.now();
    for (let more = 1; more < calls; more++) this.#calls.push(now);
  }
}
