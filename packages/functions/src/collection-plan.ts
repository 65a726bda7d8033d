import type { InventoryTarget } from "@tributary/context/ec2";
import { type InventoryRequest, readMessage } from "./inventory-requests.js";

/** A message of the collector's queue. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

/** What is to be done for one target, and for which messages. */
export interface TargetPlan<T extends InventoryTarget> {
  readonly target: T;
  /** Whether something changed, so that everything is collected. */
  readonly full: boolean;
  /** Interfaces that were asked for. */
  readonly interfaceIds: ReadonlySet<string>;
  readonly messageIds: ReadonlySet<string>;
}

/** The work of one invocation. */
export interface CollectionPlan<T extends InventoryTarget> {
  readonly targets: readonly TargetPlan<T>[];
  /** Messages that cannot be read. */
  readonly unreadable: readonly string[];
  /** Accounts and regions that were asked for and that no target covers, e.g. `123456789012/eu-west-1`. */
  readonly uncovered: readonly string[];
}

/** Brings the messages of an invocation together: one piece of work for each target, however many ask for it. */
export function planCollection<T extends InventoryTarget>(
  targets: readonly T[],
  messages: readonly QueueMessage[],
): CollectionPlan<T> {
  const plans = new Map<T, { full: boolean; interfaceIds: Set<string>; messageIds: Set<string> }>();
  const unreadable: string[] = [];
  const uncovered = new Set<string>();

  function planned(target: T) {
    const present = plans.get(target);
    if (present !== undefined) return present;
    const plan = { full: false, interfaceIds: new Set<string>(), messageIds: new Set<string>() };
    plans.set(target, plan);
    return plan;
  }
  function covering({ accountId, region }: Pick<InventoryRequest, "accountId" | "region">): readonly T[] {
    const found = targets.filter(
      (target) =>
        (accountId === undefined || target.accountId === accountId) &&
        (region === undefined || target.region === region),
    );
    if (found.length === 0) uncovered.add(`${accountId ?? "any account"}/${region ?? "any region"}`);
    return found;
  }

  for (const { messageId, body } of messages) {
    const message = readMessage(body);
    if (message === undefined) {
      unreadable.push(messageId);
    } else if (message.kind === "change") {
      for (const target of covering(message)) {
        const plan = planned(target);
        plan.full = true;
        plan.messageIds.add(messageId);
      }
    } else {
      for (const request of message.requests) {
        for (const target of covering(request)) {
          const plan = planned(target);
          plan.messageIds.add(messageId);
          for (const id of request.interfaceIds) plan.interfaceIds.add(id);
        }
      }
    }
  }
  return {
    targets: [...plans].map(([target, plan]) => ({ target, ...plan })),
    unreadable,
    uncovered: [...uncovered].sort(),
  };
}
