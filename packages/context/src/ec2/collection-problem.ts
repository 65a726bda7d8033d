import type { InventoryPart } from "../inventory.js";

/** Why something could not be collected. */
export type ProblemKind = "no-permission" | "no-credentials" | "throttled" | "timed-out" | "failed";

/** Something that could not be collected, and what to do about it. */
export interface CollectionProblem {
  /** Absent when it concerns all parts. */
  readonly part?: InventoryPart;
  readonly kind: ProblemKind;
  /** Names the action, the reason and the remedy; holds nothing secret. */
  readonly message: string;
}

/** The error of `action` (without `ec2:`) in `region`, as a problem of `part`. */
export function collectionProblem(
  part: InventoryPart,
  action: string,
  region: string,
  error: unknown,
): CollectionProblem {
  const kind = kindOf(error);
  return { part, kind, message: `${part} of ${region}: ${REASONS[kind](action, error)}` };
}

/** The credentials of a target could not be had: nothing of it can be collected. */
export function credentialsProblem(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  error: unknown,
): CollectionProblem {
  return {
    kind: "no-credentials",
    message: `account ${accountId} in ${region}: ${REASONS["no-credentials"]("", error)}`,
  };
}

/** EC2's answers about a target say what they must not; nothing of it can be used. */
export function unreadableProblem(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  error: unknown,
): CollectionProblem {
  return { kind: "failed", message: `account ${accountId} in ${region}: ${messageOf(error)}` };
}

/** Calls that an error has cost; an error without a number did not reach EC2 through the client. */
export function callsOf(error: unknown): number {
  const metadata = property(error, "$metadata");
  const attempts = property(metadata, "attempts");
  return typeof attempts === "number" ? attempts : 1;
}

const REASONS: Readonly<Record<ProblemKind, (action: string, error: unknown) => string>> = {
  "no-permission": (action) =>
    `ec2:${action} is not allowed; attach the policy that "tributary inventory collect --print-policy" prints. Until then verdicts that need this part are weaker`,
  "no-credentials": (_, error) => `no credentials (${nameOf(error)}); check the role, its trust policy and the profile`,
  throttled: (action, error) =>
    `EC2 kept refusing ec2:${action} (${nameOf(error)}, ${callsOf(error)} calls); collect again later or less often`,
  "timed-out": (action, error) =>
    `ec2:${action} did not answer in time (${callsOf(error)} calls); check the network way to EC2, or allow more time`,
  failed: (action, error) => `ec2:${action} failed (${nameOf(error)}: ${messageOf(error)}); collect again`,
};

const NO_PERMISSION = new Set(["UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "OptInRequired"]);
const NO_CREDENTIALS = new Set([
  "CredentialsProviderError",
  "AuthFailure",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "RequestExpired",
]);
const THROTTLED = new Set([
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "SlowDown",
]);
const TIMED_OUT = new Set(["TimeoutError", "AbortError", "RequestTimeout", "ETIMEDOUT", "ECONNRESET", "ECONNABORTED"]);

function kindOf(error: unknown): ProblemKind {
  const names = [nameOf(error), property(error, "code"), property(error, "Code")].filter(
    (name) => typeof name === "string",
  );
  const isOneOf = (set: ReadonlySet<string>) => names.some((name) => set.has(name));
  if (isOneOf(NO_PERMISSION)) return "no-permission";
  if (isOneOf(NO_CREDENTIALS)) return "no-credentials";
  if (isOneOf(THROTTLED)) return "throttled";
  if (isOneOf(TIMED_OUT)) return "timed-out";
  return "failed";
}

/** What an error is called: `ECONNREFUSED` where the network failed, else as the SDK names it. Holds nothing secret. */
export function nameOf(error: unknown): string {
  const code = property(error, "code");
  if (typeof code === "string" && /^[A-Z]\w{2,40}$/.test(code)) return code;
  return error instanceof Error ? error.name : typeof error;
}

const MESSAGE_CHARACTERS = 200;

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, MESSAGE_CHARACTERS);
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
