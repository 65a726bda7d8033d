import type { InputState, StagedFiles } from "@tributary/lake";
import type { FoundInput } from "./input-files.js";
import type { InputProblem } from "./input-problem.js";

/** An input to read, with the lake's number for it and what the lake has of it. */
export interface JobInput extends FoundInput {
  readonly number: number;
  readonly before?: InputState;
}

/** An input as far as it is read. */
export interface BatchInput {
  readonly state: InputState;
  /** Whether the job has not named it before. */
  readonly begun: boolean;
  /** Whether all that the lake had of it goes. */
  readonly replaces: boolean;
}

/** What comes to count together: files, and how far their inputs are read. Plain values, so that threads can hand it over. */
export interface JobBatch {
  readonly inputs: readonly BatchInput[];
  readonly files: StagedFiles;
}

/** How far a job is, since its beginning. */
export interface JobProgress {
  /** Bytes of inputs that are behind, as stored. */
  readonly bytes: number;
  readonly flows: number;
  /** Bytes that its next batch has on disk, and will take there as far as that is known. */
  readonly disk: number;
}

/** Why an input was not read. */
export type PassedInput =
  | { readonly kind: "unchanged" | "other-match" }
  | { readonly kind: "other"; readonly path: string; readonly what: string }
  | { readonly kind: "problem"; readonly problem: InputProblem };

/** What a job needs of the run that it belongs to. */
export interface JobHost {
  /** The next input; undefined when there is none left. */
  next(): Promise<JobInput | undefined>;
  /** Makes a batch count. */
  commit(batch: JobBatch): Promise<void>;
  passed(input: PassedInput): void;
  progress(state: JobProgress): void;
  /** A finding on an input. */
  note(text: string): void;
}

/** What is to be told at the end of a job. */
export interface JobEnd {
  /** Flows that were delivered without context, since explaining them failed, and why the first did. */
  readonly contextFailures: number;
  readonly contextFailure?: string;
}

/** A job at work, here or in a thread. */
export interface RunningJob {
  /** Rejects with what the lake throws, or with what ends the access to a whole store of inputs. */
  readonly done: Promise<JobEnd>;
  /** No further inputs: what is in hand is finished. */
  stop(): void;
  /** Nothing further: what is read by now is delivered. */
  halt(): void;
  /** Ends it at once; what was not committed is lost. */
  kill(): Promise<void>;
}
