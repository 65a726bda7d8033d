import type { VpcFormat } from "@tributary/flow";
import type { InputState } from "@tributary/lake";
import type { FoundInput } from "./input-files.js";
import { type FlowInputKind, HEAD_BYTES, type InputHints, type InputKind, inputKind } from "./input-kind.js";
import { UnreadableInput } from "./input-problem.js";
import { prefixHash } from "./input-progress.js";

/** What is to be done with a file that a run comes upon. */
export type InputStanding =
  /** As it was read; or read with another search, whose rows must not be mixed with those of this one. */
  | { readonly kind: "unchanged" | "other-match" }
  | { readonly kind: "other"; readonly what: string }
  | {
      readonly kind: "read";
      readonly as: FlowInputKind | "empty";
      /** How far it was read before; from its beginning when undefined. */
      readonly from: InputState | undefined;
      /** Whether what the lake has of it goes. */
      readonly replace: boolean;
    };

/** An input whose beginning was read. */
export interface SeenInput {
  readonly path: string;
  /** Bytes of the file, compressed or not. */
  readonly size: number;
  /** The object store's name of its content. */
  readonly etag?: string;
  /** The first HEAD_BYTES of its content. */
  readonly head: Buffer;
  /** Whether the user gave its own path. */
  readonly named: boolean;
  /** What it is, where it is Parquet. */
  readonly parquet?: InputKind;
}

/** What is known of an input, and what is asked of it. */
export interface KnownInput {
  readonly before: InputState | undefined;
  readonly again: boolean;
  readonly formats: readonly VpcFormat[];
  /** The search that it is read with. */
  readonly match: string | undefined;
}

/** Kinds that are read from where the last run stopped; the others are one document each. */
const RESUMED: ReadonlySet<FlowInputKind> = new Set(["vpc-lines", "vpc-parquet", "firehose-records", "azure-blob"]);

/**
 * Tells it by what is there now and what the lake has of it, `before`. Throws UnreadableInput `changed` when its content is not what was
 * read, unless it is read `again`, and `not-flow-logs` as `recognised` does.
 */
export function inputStanding(found: SeenInput, { before, again, formats, match }: KnownInput): InputStanding {
  // An object is written whole; another one under its name comes in its stead.
  const rewritten = before?.etag !== undefined && before.etag !== found.etag;
  if (before !== undefined && !again) {
    if (!rewritten) {
      refuseChanged(before, found.head);
      if (found.size === before.size && before.complete) return { kind: "unchanged" };
    }
    if (before.match !== match) return { kind: "other-match" };
  }
  const { head, path, named, parquet } = found;
  const hints = { path, named, ...(parquet === undefined ? {} : { parquet }) };
  const recognisedAs = recognised(head, { ...hints, formats });
  if (recognisedAs.kind === "other") return recognisedAs;
  const as = recognisedAs.kind;
  const replace = before !== undefined && (again || rewritten || (as !== "empty" && !RESUMED.has(as)));
  return { kind: "read", as, from: replace ? undefined : before, replace };
}

/**
 * Whether an input that the lake has must be opened at all, by what its listing says. A file must, unless its rows are of another search: only
 * its content tells whether it changed.
 */
export function listedStanding(
  { size, etag }: FoundInput,
  before: InputState,
  match: string | undefined,
): "read" | "unchanged" | "other-match" {
  const unchanged = etag !== undefined && etag === before.etag && size === before.size && before.complete;
  // All flows of it are there, those that are searched for among them.
  const whole = before.match === undefined && before.complete;
  if (unchanged && (whole || before.match === match)) return "unchanged";
  return before.match !== match && (etag !== undefined || !whole) ? "other-match" : "read";
}

function refuseChanged(before: InputState, head: Buffer): void {
  const { position } = before;
  if (head.length >= Math.min(position, HEAD_BYTES) && prefixHash(head, position) === before.prefixHash) return;
  throw new UnreadableInput(
    "changed",
    "its content is not what it was when it was read: run with --again to replace its rows",
  );
}

/** What an input is, as `inputKind` says. Throws UnreadableInput `not-flow-logs` for one without flows that the user named. */
export function recognised(head: Buffer, { named, ...hints }: InputHints & { readonly named: boolean }): InputKind {
  const found = inputKind(head, hints);
  if (found.kind !== "other" || !named) return found;
  throw new UnreadableInput(
    "not-flow-logs",
    `it is ${found.what}, so nothing of it was read: give VPC or Azure flow logs, and the field list of lines without a header with --format`,
  );
}
