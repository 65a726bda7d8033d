import { UnreadableInput } from "../input-problem.js";

/** What a Parquet file contradicts itself in. */
export function damaged(what: string): UnreadableInput {
  return new UnreadableInput(
    "unreadable",
    `its Parquet data is damaged (${what}): what comes before that is read; fetch the file again, and run the same command for the rest`,
  );
}

/** What is left out of this reader on purpose. */
export function unsupported(what: string): UnreadableInput {
  return new UnreadableInput(
    "unreadable",
    `${what}: write the file anew, for instance with DuckDB: COPY (FROM 'old.parquet') TO 'new.parquet' (FORMAT parquet, COMPRESSION gzip)`,
  );
}

/** Runs a decoder over bytes that may hold anything; whatever it stumbles over is damage. */
export function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof UnreadableInput) throw error;
    throw damaged(`${what}: ${(error as Error).message}`);
  }
}
