import { isAccountId, isRegion } from "@tributary/flow";
import type { Dated, InventorySnapshot, NetworkAcl, NetworkInterface, RulePeer, SecurityGroup } from "./inventory.js";

/** The last moment that a date can hold, ms since the epoch (ECMA-262, "Time Values and Time Range"). */
const LAST_TIME = 8.64e15;

/**
 * The snapshot, once it is sure that its account and region can name a file, that its times are times and its states have ids and lists. A
 * checksum tells damage, not intent: whoever may write a snapshot can write any. Throws `RangeError` that says what is wrong.
 */
export function checkedSnapshot(snapshot: InventorySnapshot): InventorySnapshot {
  const { accountId, region, collectedAt, missing, interfaces, groups, prefixLists, networkAcls } = snapshot;
  if (!isAccountId(accountId)) throw new RangeError("its account has not 12 digits");
  if (!isRegion(region)) throw new RangeError("its region is none");
  if (!isTime(collectedAt) || collectedAt < 0) throw new RangeError("it does not tell when it was collected");
  if (!isTexts(missing)) throw new RangeError("it does not tell what it is missing");
  checkEach("an interface", interfaces, isInterface);
  checkEach("a security group", groups, hasRules);
  checkEach(
    "a prefix list",
    prefixLists,
    ({ name, cidrs }) => isTextOrNone(name) && (cidrs === undefined || isTexts(cidrs)),
  );
  checkEach("a network ACL", networkAcls, hasEntries);
  return snapshot;
}

function checkEach<S extends Dated & { readonly id: string }>(
  kind: string,
  states: readonly S[],
  isWhole: (state: S) => boolean,
): void {
  const isState = (state: S): boolean =>
    typeof state.id === "string" &&
    isTime(state.asOf) &&
    (state.until === undefined || isTime(state.until)) &&
    isWhole(state);
  if (!isObjects(states) || !states.every(isState)) throw new RangeError(`it has ${kind} that is none`);
}

const isInterface = ({ addresses, prefixes, publicAddresses, tags }: NetworkInterface): boolean =>
  isTexts(addresses) && isTexts(prefixes) && isTexts(publicAddresses) && isTexts(Object.values(tags));

const hasRules = ({ rules }: SecurityGroup): boolean =>
  rules === undefined ||
  rules.every(({ id, protocol, peer }) => typeof id === "string" && typeof protocol === "number" && isPeer(peer));

function isPeer(peer: RulePeer): boolean {
  if (!isObject(peer)) return false;
  if (peer.kind === "cidr") return typeof peer.cidr === "string";
  if (peer.kind === "prefix-list") return typeof peer.prefixListId === "string";
  return peer.kind === "group" && typeof peer.groupId === "string";
}

const hasEntries = ({ name, subnetIds, entries }: NetworkAcl): boolean =>
  isTextOrNone(name) &&
  isTexts(subnetIds) &&
  isObjects(entries) &&
  entries.every(({ number, cidr }) => typeof number === "number" && typeof cidr === "string");

const isTime = (value: unknown): value is number => typeof value === "number" && Math.abs(value) <= LAST_TIME;

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === "string";

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const isObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject);

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string");
