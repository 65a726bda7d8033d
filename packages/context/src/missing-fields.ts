import type { Caveat } from "./explanation.js";

/** Fields that a log lacks and that would have told what a network ACL does, as a set of bits. */
export type MissingFields = number;
export const NO_PROTOCOL = 1;
export const NO_PORT = 2;
export const NO_ADDRESS = 4;
export const ALL_FIELDS: MissingFields = NO_PROTOCOL | NO_PORT | NO_ADDRESS;

/** A caveat for each of them. */
export function missingFieldCaveats(missing: MissingFields): readonly Caveat[] {
  const caveats: Caveat[] = [];
  if ((missing & NO_PROTOCOL) !== 0) caveats.push({ kind: "no-field", field: "protocol" });
  if ((missing & NO_PORT) !== 0) caveats.push({ kind: "no-field", field: "port" });
  if ((missing & NO_ADDRESS) !== 0) caveats.push({ kind: "no-field", field: "address" });
  return caveats;
}
