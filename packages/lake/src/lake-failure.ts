import { ConfigurationError, TributaryError } from "@tributary/flow";

const FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;
const OUT_OF_MEMORY = /Out of Memory Error/;
const FORBIDDEN = /EACCES|EPERM|EROFS|Permission denied|Read-only file system|Operation not permitted/;
const TOO_MANY_FILES = /EMFILE|ENFILE|Too many open files/;
const NOT_A_FOLDER = /ENOTDIR|EEXIST.*mkdir|Not a directory/;

/**
 * The failure of a file operation (Node or DuckDB) under `path` as an error that names the path and the remedy: `disk-full`,
 * `out-of-memory`, `not-writable`, `too-many-files` or, as a ConfigurationError, `not-a-folder`. Other errors, and those already
 * explained, come back as they are.
 */
export function lakeFailure(error: unknown, path: string): unknown {
  if (error instanceof TributaryError || !(error instanceof Error)) return error;
  const text = `${(error as NodeJS.ErrnoException).code ?? ""} ${error.message}`;
  const explain = (code: string, message: string) => new TributaryError(code, message, { cause: error });
  if (FULL.test(text)) {
    return explain(
      "disk-full",
      `no space is left for ${path}: free some, or put the lake on another disk. Nothing half-written counts`,
    );
  }
  if (OUT_OF_MEMORY.test(text)) {
    return explain(
      "out-of-memory",
      `DuckDB has too little memory for ${path}: raise --memory (at least 64MB) or lower --object-buffer`,
    );
  }
  if (FORBIDDEN.test(text)) {
    return explain(
      "not-writable",
      `${path} cannot be written: give this user write permission, or choose another lake folder`,
    );
  }
  if (TOO_MANY_FILES.test(text)) {
    return explain("too-many-files", `too many files are open at ${path}: raise the limit with ulimit -n`);
  }
  if (NOT_A_FOLDER.test(text)) {
    return new ConfigurationError(
      "not-a-folder",
      `${path} is a file, or goes through one: give the lake a folder of its own`,
      { cause: error },
    );
  }
  return error;
}

/** Runs `work`, and throws what goes wrong in it as {@link lakeFailure} explains it. */
export async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw lakeFailure(error, path);
  }
}
