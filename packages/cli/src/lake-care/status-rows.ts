import type { FlowGaps, LakeStatus } from "@tributary/lake";
import { formatTime } from "../terminal/units.js";
import { dayText } from "./age-option.js";
import type { RowColumn } from "./print-rows.js";

/** An account, or a gap in one. */
export interface StatusRow {
  readonly kind: "account" | "gap";
  readonly account: string;
  readonly interface?: string;
  /** First and last day of an account; begin and end of a gap. */
  readonly from: string;
  readonly to: string;
  readonly hours?: number;
  readonly days?: number;
  readonly missingDays?: number;
  readonly files?: number;
  readonly flows?: number;
  readonly bytes?: number;
}

const HOUR = 3_600_000;

export function statusRows({ accounts }: LakeStatus, gaps: FlowGaps | undefined): readonly StatusRow[] {
  return [
    ...accounts.map(({ account, firstDay, lastDay, missingDays, ...counts }): StatusRow => {
      const missing = missingDays.length;
      return {
        kind: "account",
        account,
        from: dayText(firstDay),
        to: dayText(lastDay),
        missingDays: missing,
        ...counts,
      };
    }),
    ...(gaps?.gaps ?? []).map(
      ({ from, to, ...where }): StatusRow => ({
        kind: "gap",
        ...where,
        from: formatTime(from),
        to: formatTime(to),
        hours: Math.round(((to - from) / HOUR) * 100) / 100,
      }),
    ),
  ];
}

const column = (name: string, type: string, key: keyof StatusRow): RowColumn<StatusRow> => ({
  name,
  type,
  value: (row) => row[key] ?? null,
});

export const STATUS_COLUMNS: readonly RowColumn<StatusRow>[] = [
  column("kind", "VARCHAR", "kind"),
  column("account", "VARCHAR", "account"),
  column("interface", "VARCHAR", "interface"),
  column("from", "VARCHAR", "from"),
  column("to", "VARCHAR", "to"),
  column("hours", "DOUBLE", "hours"),
  column("days", "BIGINT", "days"),
  column("missing_days", "BIGINT", "missingDays"),
  column("files", "BIGINT", "files"),
  column("flows", "BIGINT", "flows"),
  column("bytes", "BIGINT", "bytes"),
];
