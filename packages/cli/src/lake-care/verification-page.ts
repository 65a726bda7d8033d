import type { Finding, Verification } from "@tributary/lake";
import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { formatBytes, formatCount, plural } from "../terminal/units.js";
import type { RowColumn } from "./print-rows.js";

/** What a verification found, for people. */
export function verificationPage(
  verification: Verification,
  { quick }: { readonly quick: boolean },
  style: Style,
): string {
  const { findings, more, problems, files, flows, bytes, parkedFiles, inputs, interrupted } = verification;
  const looked = quick ? "presence and size of" : "content of";
  const verdict =
    problems === 0
      ? style.good(interrupted ? "No problem so far" : "The lake holds")
      : style.bad(plural(problems, "problem"));
  return [
    ...findings.map((finding) => findingText(finding, style)),
    ...(more === 0 ? [] : [`and ${formatCount(more)} more`]),
    `${verdict}: ${looked} ${plural(files, "Parquet file")} (${plural(flows, "flow")}, ${formatBytes(bytes)}) and ${plural(parkedFiles, "file")} of parked flows compared with the manifest, ${plural(inputs, "input")}`,
    ...(interrupted ? [style.warning("interrupted: the rest was not looked at")] : []),
  ].join("\n");
}

function findingText({ level, code, subject, message }: Finding, style: Style): string {
  const label = level === "problem" ? style.bad(code) : style.warning(code);
  return `${label}  ${safeText(subject)}\n  ${safeText(message)}`;
}

export const FINDING_COLUMNS: readonly RowColumn<Finding>[] = [
  { name: "level", type: "VARCHAR", value: ({ level }) => level },
  { name: "code", type: "VARCHAR", value: ({ code }) => code },
  { name: "subject", type: "VARCHAR", value: ({ subject }) => subject },
  { name: "message", type: "VARCHAR", value: ({ message }) => message },
];
