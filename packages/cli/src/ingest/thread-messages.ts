import { ConfigurationError, TributaryError } from "@tributary/flow";
import type { JobBatch, JobEnd, JobInput, JobProgress, PassedInput } from "./job-host.js";
import type { JobPlan } from "./job-plan.js";

/** What a thread is started with. */
export interface ThreadWork {
  readonly name: string;
  readonly plan: JobPlan;
}

/** What a thread says. Questions have an id, with which their answer comes. */
export type FromThread =
  | { readonly ask: "next"; readonly id: number }
  | { readonly ask: "commit"; readonly id: number; readonly batch: JobBatch }
  | { readonly tell: "passed"; readonly input: PassedInput }
  | { readonly tell: "progress"; readonly progress: JobProgress }
  | { readonly tell: "note"; readonly text: string }
  | { readonly tell: "done"; readonly end: JobEnd }
  | { readonly tell: "failed"; readonly failure: Failure };

/** What a thread is told. */
export type ToThread =
  | { readonly answer: number; readonly input?: JobInput }
  | { readonly answer: number; readonly failure: Failure }
  | { readonly order: "stop" | "halt" };

/** An error on its way between threads, which would lose its class and code. Without its cause: nobody prints that. */
export interface Failure {
  readonly kind: "configuration" | "tributary" | "other";
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: "other", code: "", message: String(error) };
  const { message, stack } = error;
  const trace = stack === undefined ? {} : { stack };
  if (!(error instanceof TributaryError)) return { kind: "other", code: "", message, ...trace };
  const kind = error instanceof ConfigurationError ? "configuration" : "tributary";
  return { kind, code: error.code, message, ...trace };
}

export function errorOf({ kind, code, message, stack }: Failure): Error {
  const error =
    kind === "configuration"
      ? new ConfigurationError(code, message)
      : kind === "tributary"
        ? new TributaryError(code, message)
        : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
