import type { InventoryTarget } from "@tributary/context/ec2";
import { TributaryError } from "@tributary/flow";
import { planCollection } from "./collection-plan.js";
import type { Collector, TargetReport } from "./collector.js";

/** Messages of the collector's queue, or anything else, such as the event of a schedule. */
export interface CollectorEvent {
  readonly Records?: readonly { readonly messageId: string; readonly body: string; readonly eventSource?: string }[];
  readonly [other: string]: unknown;
}

/** Which messages are to be delivered again (Lambda developer guide, "Reporting batch item failures"). */
export interface CollectorResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface CollectorInvocationOptions<T extends InventoryTarget> {
  readonly collector: Pick<Collector<T>, "collectAll" | "carryOut">;
  readonly targets: readonly T[];
  /** Takes one entry for each invocation. */
  readonly log: (entry: object) => void;
}

/** Targets that one entry of the log names. */
const FEW = 10;

/**
 * One invocation: a full collection on a schedule, or what the messages of a queue ask for. On a schedule it throws (`collection-failed`) if
 * a target gave nothing, after all others were collected.
 */
export function collectorInvocation<T extends InventoryTarget>({
  collector,
  targets,
  log,
}: CollectorInvocationOptions<T>): (event: CollectorEvent) => Promise<CollectorResponse | undefined> {
  async function scheduled(): Promise<undefined> {
    const reports = await collector.collectAll(targets);
    log(entryOf(reports));
    const failed = reports.filter(({ interfaces }) => interfaces === undefined);
    if (failed.length === 0) return;
    const names = failed.slice(0, FEW).map(({ accountId, region }) => `${accountId}/${region}`);
    const more = failed.length > FEW ? ` and ${failed.length - FEW} more` : "";
    throw new TributaryError(
      "collection-failed",
      `no inventory of ${names.join(", ")}${more}: see the problems in this invocation's log entry`,
    );
  }

  async function asked(messages: NonNullable<CollectorEvent["Records"]>): Promise<CollectorResponse> {
    const plan = planCollection(targets, messages);
    const reports = await collector.carryOut(plan);
    const again = new Set(plan.unreadable);
    plan.targets.forEach(({ messageIds }, index) => {
      if (reports[index]?.again !== false) for (const id of messageIds) again.add(id);
    });
    const { uncovered, unreadable } = plan;
    log({
      ...entryOf(reports),
      messages: messages.length,
      again: again.size,
      unreadable: unreadable.length,
      uncovered: uncovered.slice(0, FEW),
      uncoveredCount: uncovered.length,
    });
    return { batchItemFailures: [...again].map((itemIdentifier) => ({ itemIdentifier })) };
  }

  return (event) => (Array.isArray(event.Records) ? asked(event.Records) : scheduled());
}

const hasProblem = ({ again, problems }: TargetReport): boolean => again || problems.length > 0;

function entryOf(reports: readonly TargetReport[]) {
  const sum = (count: (report: TargetReport) => number) => reports.reduce((total, report) => total + count(report), 0);
  return {
    message: "inventory collected",
    calls: sum(({ calls }) => calls),
    interfaces: sum(({ interfaces = 0 }) => interfaces),
    groups: sum(({ groups = 0 }) => groups),
    tombstones: sum(({ tombstones = 0 }) => tombstones),
    targetCount: reports.length,
    failedTargets: reports.filter(hasProblem).length,
    // One entry of CloudWatch Logs has 256 kB at most, and each target may have much to say.
    targets: [...reports].sort((a, b) => Number(hasProblem(b)) - Number(hasProblem(a))).slice(0, FEW),
  };
}
