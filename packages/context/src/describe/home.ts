import { ConfigurationError, isAccountId, isRegion } from "@tributary/flow";
import type { DescriptionsAbout } from "../ec2-descriptions.js";
import type { InventorySnapshot } from "../inventory.js";
import type { Described } from "./described.js";
import type { DescribedNetwork } from "./described-network.js";
import { groupBy } from "./group-by.js";

/** The account and region of an inventory. */
export type InventoryHome = Pick<InventorySnapshot, "accountId" | "region">;

/** The one home of everything that was described. */
export function homeOf(network: DescribedNetwork, about: DescriptionsAbout): InventoryHome {
  const accountId = about.accountId ?? only(accountsOf(network), "account");
  const region = about.region ?? only(regionsOf(network), "region");
  return checkedHome({ accountId: accountId ?? unknown("account"), region: region ?? unknown("region") });
}

/** What was described, by home, ordered by account and region. */
export function homesOf(
  network: DescribedNetwork,
  about: DescriptionsAbout,
): readonly (readonly [InventoryHome, DescribedNetwork])[] {
  const accounts = accountsOf(network);
  const regions = regionsOf(network);
  const regionOfVpc = new Map(
    placed(network).flatMap(({ vpcId, region }) =>
      vpcId === undefined || region === undefined ? [] : [[vpcId, region]],
    ),
  );
  const accountOf = ({ accountId }: Described<unknown>): string =>
    accountId ?? about.accountId ?? (accounts.length === 1 ? accounts[0] : undefined) ?? unknown("account");
  const regionOf = ({ region, vpcId }: Described<unknown>): string =>
    region ??
    regionOfVpc.get(vpcId ?? "") ??
    about.region ??
    (regions.length === 1 ? regions[0] : undefined) ??
    unknown("region");
  const keyOf = (described: Described<unknown>): string => `${accountOf(described)} ${regionOf(described)}`;

  const interfaces = groupBy(network.interfaces, keyOf);
  const groups = groupBy(network.groups, keyOf);
  const networkAcls = groupBy(network.networkAcls, keyOf);
  const keys = new Set([...interfaces.keys(), ...groups.keys(), ...networkAcls.keys()]);
  if (about.accountId !== undefined && about.region !== undefined && keys.size === 0) {
    keys.add(`${about.accountId} ${about.region}`);
  }
  return [...keys].sort().map((key) => {
    const [accountId = "", region = ""] = key.split(" ");
    const part = {
      interfaces: interfaces.get(key) ?? [],
      groups: groups.get(key) ?? [],
      networkAcls: networkAcls.get(key) ?? [],
      prefixLists: network.prefixLists.filter((list) => list.region === undefined || list.region === region),
    };
    return [checkedHome({ accountId, region }), part];
  });
}

/** All but prefix lists, which serve every account. */
function placed({ interfaces, groups, networkAcls }: DescribedNetwork): readonly Described<unknown>[] {
  return [...interfaces, ...groups, ...networkAcls];
}

function accountsOf(network: DescribedNetwork): readonly string[] {
  return distinct(placed(network).map(({ accountId }) => accountId));
}

function regionsOf(network: DescribedNetwork): readonly string[] {
  return distinct([...placed(network), ...network.prefixLists].map(({ region }) => region));
}

const distinct = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

/** The only one of them; undefined if there is none. */
function only(texts: readonly string[], kind: "account" | "region"): string | undefined {
  if (texts.length <= 1) return texts[0];
  throw new ConfigurationError(
    "several-inventories",
    `the descriptions are of several ${kind}s (${texts.slice(0, 3).join(", ")}${texts.length > 3 ? " …" : ""}): say which ${kind} the inventory is of, or make one of each`,
  );
}

/** Files and partitions are named by them, so they are what they should be even if options say otherwise. */
function checkedHome(home: InventoryHome): InventoryHome {
  if (!isAccountId(home.accountId)) throw bad("account", home.accountId, "its 12 digits");
  if (!isRegion(home.region)) throw bad("region", home.region, "one such as eu-central-1");
  return home;
}

function bad(kind: "account" | "region", value: string, instead: string): ConfigurationError {
  return new ConfigurationError(
    `bad-${kind}`,
    `the ${kind} of the inventory is ${JSON.stringify(value)}: give ${instead}`,
  );
}

function unknown(kind: "account" | "region"): never {
  throw new ConfigurationError(
    `no-${kind}`,
    `the descriptions do not tell their ${kind}: name it, or add the output of describe-network-interfaces`,
  );
}
