import type { ManagedPrefixList, PrefixListEntry, SecurityGroup } from "@aws-sdk/client-ec2";
import type { Ec2Descriptions } from "../ec2-descriptions.js";
import { INVENTORY_PARTS, type InventoryPart } from "../inventory.js";
import { type CollectionProblem, callsOf, collectionProblem } from "./collection-problem.js";
import { type DescriptionPages, MAX_FILTER_VALUES, type Page } from "./description-pages.js";

export interface CollectOptions {
  /** Named in problems. */
  readonly region: string;
  /** The parts to collect; all if absent. */
  readonly parts?: readonly InventoryPart[];
  /** A part with more pages than this is given up. */
  readonly maxPages?: number;
}

/** What EC2 said in one collection. */
export interface CollectedDescriptions {
  /** Each part is there whole, or not at all. */
  readonly descriptions: Ec2Descriptions;
  readonly problems: readonly CollectionProblem[];
  /** Calls to EC2, repetitions included. They depend on the size of the network alone. */
  readonly calls: number;
}

const MAX_PAGES = 2000;

/**
 * Collects all parts of one account and region, one after the other. A part that cannot be read to its end is left out, and a problem names
 * it: half a part would look like a network of which half is gone.
 */
export async function collectDescriptions(
  ec2: DescriptionPages,
  { region, parts = INVENTORY_PARTS, maxPages = MAX_PAGES }: CollectOptions,
): Promise<CollectedDescriptions> {
  const problems: CollectionProblem[] = [];
  let calls = 0;

  /** All items; undefined if they are not wanted or cannot be had, which a problem then says. */
  async function read<T>(part: InventoryPart, action: string, pages: AsyncIterable<Page<T>>) {
    if (!parts.includes(part)) return undefined;
    const items: T[] = [];
    try {
      let count = 0;
      for await (const page of pages) {
        calls += page.calls;
        for (const item of page.items) items.push(item);
        if (++count > maxPages) throw new TooManyPages(maxPages);
      }
      return items;
    } catch (error) {
      if (!(error instanceof TooManyPages)) calls += callsOf(error);
      problems.push(collectionProblem(part, action, region, error));
      return undefined;
    }
  }

  async function readPrefixLists(referenced: readonly string[]) {
    const lists: ManagedPrefixList[] = [];
    const entries = new Map<string, readonly PrefixListEntry[]>();
    for (let from = 0; from < referenced.length; from += MAX_FILTER_VALUES) {
      const ids = referenced.slice(from, from + MAX_FILTER_VALUES);
      const some = await read("prefix-lists", "DescribeManagedPrefixLists", ec2.managedPrefixLists(ids));
      if (some === undefined) return undefined;
      lists.push(...some);
    }
    for (const { PrefixListId: id } of lists) {
      if (id === undefined) continue;
      const ofList = await read("prefix-lists", "GetManagedPrefixListEntries", ec2.prefixListEntries(id));
      if (ofList === undefined) return undefined;
      entries.set(id, ofList);
    }
    return { managedPrefixLists: lists, prefixListEntries: entries };
  }

  const networkInterfaces = await read("interfaces", "DescribeNetworkInterfaces", ec2.networkInterfaces());
  const groups = await read("groups", "DescribeSecurityGroups", ec2.securityGroups());
  const securityGroupRules = await read("rules", "DescribeSecurityGroupRules", ec2.securityGroupRules());
  const networkAcls = await read("network-acls", "DescribeNetworkAcls", ec2.networkAcls());
  const instanceTags = await read("instance-names", "DescribeTags", ec2.instanceNames());

  // Groups repeat their rules, without ids. That is better than none where the rules may not be read; where reading them merely failed,
  // those known from before are better.
  const mayNotReadRules = problems.some(({ part, kind }) => part === "rules" && kind === "no-permission");
  const securityGroups = mayNotReadRules
    ? groups
    : groups?.map((group) => withPermissions(group, securityGroupRules === undefined ? undefined : []));

  // Lists that no rule refers to explain nothing.
  const referenced =
    securityGroupRules?.map((rule) => rule.PrefixListId) ??
    (mayNotReadRules ? groups?.flatMap(prefixListsOf) : undefined);
  const prefixLists =
    referenced === undefined || !parts.includes("prefix-lists")
      ? undefined
      : await readPrefixLists([...new Set(referenced.filter((id) => id !== undefined))].sort());

  return {
    descriptions: {
      networkInterfaces,
      securityGroups,
      securityGroupRules,
      ...prefixLists,
      networkAcls,
      instanceTags,
    },
    problems,
    calls,
  };
}

function withPermissions(group: SecurityGroup, permissions: [] | undefined): SecurityGroup {
  return { ...group, IpPermissions: permissions, IpPermissionsEgress: permissions };
}

function prefixListsOf({ IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup): (string | undefined)[] {
  return [...IpPermissions, ...IpPermissionsEgress].flatMap(({ PrefixListIds = [] }) =>
    PrefixListIds.map(({ PrefixListId }) => PrefixListId),
  );
}

class TooManyPages extends Error {
  constructor(pages: number) {
    super(`more than ${pages} pages`);
    this.name = "TooManyPages";
  }
}
