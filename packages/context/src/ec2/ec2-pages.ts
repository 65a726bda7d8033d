import {
  type EC2Client,
  paginateDescribeManagedPrefixLists,
  paginateDescribeNetworkAcls,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroupRules,
  paginateDescribeSecurityGroups,
  paginateDescribeTags,
  paginateGetManagedPrefixListEntries,
} from "@aws-sdk/client-ec2";
import type { DescriptionPages, Page } from "./description-pages.js";

// The most that each action gives at once (EC2 API reference).
const PAGE = 1000;
const PREFIX_LIST_PAGE = 100;

/** The descriptions as EC2 gives them to `client`. Paging and filters stay within the cheaper bucket of EC2's throttling. */
export function ec2Pages(client: EC2Client): DescriptionPages {
  const paged = { client, pageSize: PAGE };
  const prefixLists = { client, pageSize: PREFIX_LIST_PAGE };
  return {
    networkInterfaces: (ids) =>
      pages(
        // By a filter, not by NetworkInterfaceIds: one id that is gone would fail the call for all of them.
        paginateDescribeNetworkInterfaces(paged, ids === undefined ? {} : filter("network-interface-id", ids)),
        (page) => page.NetworkInterfaces,
      ),
    securityGroups: () => pages(paginateDescribeSecurityGroups(paged, {}), (page) => page.SecurityGroups),
    securityGroupRules: () => pages(paginateDescribeSecurityGroupRules(paged, {}), (page) => page.SecurityGroupRules),
    managedPrefixLists: (ids) =>
      pages(paginateDescribeManagedPrefixLists(prefixLists, filter("prefix-list-id", ids)), (page) => page.PrefixLists),
    prefixListEntries: (id) =>
      pages(paginateGetManagedPrefixListEntries(prefixLists, { PrefixListId: id }), (page) => page.Entries),
    networkAcls: () => pages(paginateDescribeNetworkAcls(paged, {}), (page) => page.NetworkAcls),
    instanceNames: () =>
      pages(
        paginateDescribeTags(paged, {
          Filters: [
            { Name: "resource-type", Values: ["instance"] },
            { Name: "key", Values: ["Name"] },
          ],
        }),
        (page) => page.Tags,
      ),
  };
}

function filter(name: string, values: readonly string[]): { readonly Filters: { Name: string; Values: string[] }[] } {
  return { Filters: [{ Name: name, Values: [...values] }] };
}

async function* pages<Output extends { readonly $metadata: { readonly attempts?: number | undefined } }, T>(
  answers: AsyncIterable<Output>,
  itemsOf: (answer: Output) => readonly T[] | undefined,
): AsyncGenerator<Page<T>> {
  for await (const answer of answers) {
    yield { items: itemsOf(answer) ?? [], calls: answer.$metadata.attempts ?? 1 };
  }
}
