import type { FlowFacts } from "./explanation.js";

/** What the log says of a rejection: `reject-reason`, where it has the field. */
export function rejectReason({ action, others }: FlowFacts): string | undefined {
  if (action !== "REJECT" || others === undefined) return undefined;
  for (let i = 0; i + 1 < others.length; i += 2) {
    if (others[i] !== "reject-reason" && others[i] !== "reject_reason") continue;
    const value = others[i + 1];
    return value === "-" || value === "" ? undefined : value;
  }
  return undefined;
}
