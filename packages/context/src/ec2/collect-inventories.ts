import type { EC2ClientConfig } from "@aws-sdk/client-ec2";
import { inventoryOf } from "../ec2-descriptions.js";
import type { InventoryPart, InventorySnapshot } from "../inventory.js";
import { collectDescriptions } from "./collect-descriptions.js";
import { type CollectionProblem, credentialsProblem, unreadableProblem } from "./collection-problem.js";
import { type Ec2ClientOptions, ec2Client } from "./ec2-client.js";
import { ec2Pages } from "./ec2-pages.js";

/** One account and region to collect from. */
export interface InventoryTarget {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
}

export type Ec2Credentials = NonNullable<EC2ClientConfig["credentials"]>;

/** The credentials of a target, e.g. those of a role there; undefined for those of the environment. */
export type CredentialsFor<T extends InventoryTarget> = (target: T) => Ec2Credentials | undefined;

export interface CollectInventoriesOptions {
  readonly client: Omit<Ec2ClientOptions, "region" | "credentials">;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Tags of interfaces to keep, `Name` apart. */
  readonly tags?: readonly string[];
  /** The parts to collect; all if absent. */
  readonly parts?: readonly InventoryPart[];
  /** Targets that are collected at the same time. */
  readonly concurrency?: number;
}

/** What one target gave. */
export interface CollectedInventory<T extends InventoryTarget> {
  readonly target: T;
  /** Undefined when nothing at all could be read. */
  readonly inventory: InventorySnapshot | undefined;
  readonly problems: readonly CollectionProblem[];
  /** Calls to EC2, repetitions included. */
  readonly calls: number;
}

const CONCURRENCY = 4;

/** Collects the targets, several at a time; one that fails does not fail the others. The results stand in the order of the targets. */
export async function collectInventories<T extends InventoryTarget>(
  targets: readonly T[],
  credentialsFor: CredentialsFor<T>,
  options: CollectInventoriesOptions,
): Promise<readonly CollectedInventory<T>[]> {
  const results = new Map<T, CollectedInventory<T>>();
  await collectEach(targets, credentialsFor, options, async (collected) => {
    results.set(collected.target, collected);
  });
  return targets.flatMap((target) => results.get(target) ?? []);
}

/**
 * Collects the targets, several at a time, and gives each to `take` as soon as it is there. The next is begun when `take` is done, so that no
 * more inventories than are collected at the same time are in memory. Throws what `take` throws.
 */
export async function collectEach<T extends InventoryTarget>(
  targets: readonly T[],
  credentialsFor: CredentialsFor<T>,
  options: CollectInventoriesOptions,
  take: (collected: CollectedInventory<T>) => Promise<void>,
): Promise<void> {
  const waiting = targets.values();
  const worker = async () => {
    for (const target of waiting) await take(await collectTarget(target, credentialsFor, options));
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? CONCURRENCY) }, worker));
}

async function collectTarget<T extends InventoryTarget>(
  target: T,
  credentialsFor: CredentialsFor<T>,
  { client: clientOptions, now, tags, parts }: CollectInventoriesOptions,
): Promise<CollectedInventory<T>> {
  const { accountId, region } = target;
  const collectedAt = now();
  const credentials = credentialsFor(target);
  const client = ec2Client({ ...clientOptions, region, ...(credentials === undefined ? {} : { credentials }) });
  try {
    // Asked for once here: without them every part would try, and fail, alone.
    await client.config.credentials();
  } catch (error) {
    client.destroy();
    return { target, inventory: undefined, problems: [credentialsProblem(target, error)], calls: 0 };
  }
  try {
    const wanted = { region, ...(parts === undefined ? {} : { parts }) };
    const { descriptions, problems, calls } = await collectDescriptions(ec2Pages(client), wanted);
    if (Object.values(descriptions).every((part) => part === undefined)) {
      return { target, inventory: undefined, problems, calls };
    }
    try {
      return {
        target,
        inventory: inventoryOf(descriptions, { accountId, region, collectedAt, tags }),
        problems,
        calls,
      };
    } catch (error) {
      return { target, inventory: undefined, problems: [...problems, unreadableProblem(target, error)], calls };
    }
  } finally {
    client.destroy();
  }
}
