import { TributaryError } from "@tributary/flow";

const FULL = /^(?:ENOSPC|EDQUOT)$/;
const WRITING = /^(?:EACCES|EPERM|EROFS|EMFILE|ENFILE|ENAMETOOLONG|EEXIST|ENOTDIR|ENOENT|EISDIR|EIO|EFBIG)$/;

/**
 * What a failed write of the sample at `path` means, with the remedy: `disk-full` or `not-writable`. Errors of other kinds, and those
 * that are explained already, come back as they are.
 */
export function sampleFailure(error: unknown, path: string): unknown {
  const { code = "" } = (error ?? {}) as { readonly code?: string };
  if (error instanceof TributaryError) return error;
  if (FULL.test(code)) {
    return new TributaryError(
      "disk-full",
      `no space is left for the sample at ${path}: free some, or set TMPDIR to a folder on another disk`,
      { cause: error },
    );
  }
  if (WRITING.test(code)) {
    return new TributaryError(
      "not-writable",
      `the sample cannot be written to ${path} (${code}): set TMPDIR to a folder where this user may write`,
      { cause: error },
    );
  }
  return error;
}
