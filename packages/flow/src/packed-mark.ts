/** Why a record is on the stream a second time. What Tributary itself puts there is marked, and side outputs skip it. */
export type Origin = "reput" | "replay" | "canary";

/** The key `tributary`, first in every record that Tributary writes to a delivery stream. */
export interface PackedMark {
  readonly v: 1;
  readonly kind: "azure" | "vpc";
  readonly origin?: Origin;
  /** How often the record was put back because its batch was full. */
  readonly attempt?: number;
  /** How often it was split because it exceeded the response budget alone. */
  readonly splits?: number;
}

/** How every marked record starts, as text and as base64: 12 bytes encode to 16 digits whatever follows. */
export const MARK_PREFIX = '{"tributary"';
export const MARK_PREFIX_BASE64 = "eyJ0cmlidXRhcnki";

/** The mark of a record's JSON; undefined when it has none, or one of a version that this code does not know. */
export function markOf(value: Readonly<Record<string, unknown>>): PackedMark | undefined {
  const mark = value["tributary"];
  if (typeof mark !== "object" || mark === null) return undefined;
  const { v, kind, origin, attempt, splits } = mark as Record<string, unknown>;
  if (v !== 1 || (kind !== "azure" && kind !== "vpc")) return undefined;
  return {
    v,
    kind,
    ...(origin === "reput" || origin === "replay" || origin === "canary" ? { origin } : {}),
    ...(isCount(attempt) ? { attempt } : {}),
    ...(isCount(splits) ? { splits } : {}),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
