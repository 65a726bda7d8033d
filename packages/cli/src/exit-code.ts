import { ConfigurationError } from "@tributary/flow";
import { CommanderError } from "commander";

/** Exit codes of the command, for scripts. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  /** Everything ran, but something was parked or could not be read. */
  partly: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The code that an error ends the command with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof ConfigurationError) return ExitCode.configuration;
  if (error instanceof DOMException && error.name === "AbortError") return ExitCode.interrupted;
  return ExitCode.failed;
}
