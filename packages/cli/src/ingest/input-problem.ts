/** Why an input could not be read, or not to its end. Its good part is kept and the same command reads the rest. */
export type InputProblemReason =
  | "missing"
  | "no-files"
  | "unreadable"
  | "not-flow-logs"
  | "cut-off"
  | "bad-gzip"
  | "changed";

export interface InputProblem {
  readonly path: string;
  readonly reason: InputProblemReason;
  /** What is wrong and what to do, without the path. */
  readonly message: string;
}

/** Thrown by a reader when it cannot go on; what it gave before is good. After `grew-inside-line` the file is read anew. */
export class UnreadableInput extends Error {
  constructor(
    readonly reason: InputProblemReason | "grew-inside-line",
    message: string,
  ) {
    super(message);
  }
}

/** What an operating-system error on a file means for the reader. */
export function unreadable(error: unknown): UnreadableInput {
  if (error instanceof UnreadableInput) return error;
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new UnreadableInput(
        "missing",
        "there is no such file: check the path, or whether something removed it meanwhile",
      );
    case "EACCES":
    case "EPERM":
      return new UnreadableInput("unreadable", "it may not be read: give yourself read access, or run as its owner");
    case undefined:
      break;
    default:
      if (code.startsWith("Z_")) {
        return code === "Z_BUF_ERROR"
          ? new UnreadableInput(
              "cut-off",
              "its gzip data ends too early: fetch the file again, and run the same command for the rest",
            )
          : new UnreadableInput(
              "bad-gzip",
              `its gzip data is damaged (${(error as Error).message}): fetch the file again`,
            );
      }
  }
  return new UnreadableInput(
    "unreadable",
    `${(error as Error).message}: check the disk and run the same command again`,
  );
}
