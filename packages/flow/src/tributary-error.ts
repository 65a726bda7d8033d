/**
 * Base of every error that Tributary raises on purpose. `code` is stable and kebab-case, for scripts and tests; the message quotes
 * the bad value and says what to do about it.
 */
export class TributaryError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Input that is not what its format promises. */
export class FormatError extends TributaryError {}

/** A setting, option or file name given by the user cannot be used. */
export class ConfigurationError extends TributaryError {}
