export type FindingCode =
  | "damaged-manifest"
  | "missing-file"
  | "wrong-size"
  | "wrong-checksum"
  | "unreadable-file"
  | "wrong-rows"
  | "wrong-partition"
  | "wrong-origin"
  | "wrong-parked"
  | "wrong-sum"
  | "rows-missing"
  | "rows-too-many"
  | "parked-differ"
  | "no-checksum"
  | "leftover-file"
  | "foreign-file"
  | "changed-meanwhile";

/** Something about a lake that is not as its manifest says. */
export interface Finding {
  /** A notice does no harm: the lake holds all the same. */
  readonly level: "problem" | "notice";
  readonly code: FindingCode;
  /** A file's name relative to the lake, an input's path, or the lake's folder. */
  readonly subject: string;
  /** What is wrong, with its numbers, and the remedy. */
  readonly message: string;
}

export function problem(code: FindingCode, subject: string, message: string): Finding {
  return { level: "problem", code, subject, message };
}

export function notice(code: FindingCode, subject: string, message: string): Finding {
  return { level: "notice", code, subject, message };
}
