import {
  FormatCandidates,
  type LineBatch,
  Parked,
  Skipped,
  TributaryError,
  transitGatewayLine,
  VpcFlow,
  VpcFormat,
} from "@tributary/flow";
import {
  eventDay,
  fillFromInventory,
  hasEndpoints,
  lineProvenance,
  uidOf,
  type VpcContext,
  vpcDocument,
} from "@tributary/ocsf";
import type { Rendering } from "./rendering.js";
import type { InvocationReport } from "./report.js";
import type { TransformSettings } from "./settings.js";
import { timeProblem } from "./time-window.js";

/** What an event says of all its records, where lines and settings are silent. */
export interface StreamContext {
  /** Account of the delivery stream, when the settings let it stand in. */
  readonly account: string | undefined;
}

/** One document with its line end and its partition. */
export interface PlainDocument {
  readonly text: string;
  readonly account: string;
  readonly day: string;
}

const REMEMBERED_FORMATS = 256;

/** Turns VPC flow-log lines into documents. */
export class LineTransform {
  readonly #settings: TransformSettings;
  readonly #candidates: FormatCandidates;
  readonly #formats = new Map<string, VpcFormat | TributaryError>();
  #contextFailures = 0;
  #contextFailure: string | undefined;

  constructor(settings: TransformSettings) {
    this.#settings = settings;
    this.#candidates = new FormatCandidates(settings.formats);
  }

  /** Renders all lines of a batch; `arrivalTime` in ms bounds the time window. */
  render(batch: LineBatch, into: Rendering, stream: StreamContext, arrivalTime: number): void {
    const format = batch.fields === undefined ? this.#candidates : this.#format(batch.fields);
    batch.lines.forEach((line, index) => {
      if (format instanceof TributaryError) {
        const parked =
          format.code === "transit-gateway"
            ? transitGatewayLine(line)
            : new Parked("no-format-fits", format.message, line);
        this.#park(parked, batch, index, into);
        return;
      }
      this.#renderLine(format.parse(line), batch, index, into, stream, arrivalTime);
    });
  }

  /** The flow of the commonest kind of line, one that says everything itself; undefined when the line needs the full treatment. */
  plainFlow(text: string, from: number, to: number, arrivalTime: number): VpcFlow | undefined {
    const flow = this.#candidates.parse(text, from, to);
    if (!(flow instanceof VpcFlow) || !flow.hasIdentity) return undefined;
    const { accountId, start } = flow;
    if (accountId === undefined || start === undefined) return undefined;
    return timeProblem(start * 1000, arrivalTime, this.#settings.window) === undefined ? flow : undefined;
  }

  /** The document of a plain flow. */
  plainDocument(flow: VpcFlow, uid: string): PlainDocument {
    const { accountId: account = "", start = 0 } = flow;
    const time = start * 1000;
    const region = flow.region ?? this.#settings.region;
    const document = vpcDocument(
      {
        flow,
        account,
        region,
        time,
        timeBasis: undefined,
        uid,
        context: this.#context(flow, time),
        provenance: undefined,
      },
      this.#settings.observables,
    );
    return { text: `${document}\n`, account, day: eventDay(time) };
  }

  #renderLine(
    result: VpcFlow | Skipped | Parked,
    batch: LineBatch,
    index: number,
    into: Rendering,
    stream: StreamContext,
    arrivalTime: number,
  ): void {
    if (result instanceof Skipped) into.skip(result.reason);
    else if (result instanceof Parked) this.#park(result, batch, index, into);
    else {
      const parked = this.renderFlow(result, batch, index, into, stream, arrivalTime);
      if (parked !== undefined) this.#park(parked, batch, index, into);
    }
  }

  /** Adds a flow's document, or says why it cannot be delivered. */
  renderFlow(
    flow: VpcFlow,
    batch: LineBatch,
    index: number,
    into: Rendering,
    stream: StreamContext,
    arrivalTime: number,
  ): Parked | undefined {
    const account = flow.accountId ?? batch.account ?? this.#settings.account ?? stream.account;
    if (account === undefined) {
      return new Parked(
        "no-account",
        "the line names no account and its delivery neither: configure one (--account)",
        flow.line,
      );
    }
    let time = flow.start === undefined ? undefined : flow.start * 1000;
    let timeBasis: string | undefined;
    if (time === undefined && flow.end !== undefined) {
      time = flow.end * 1000;
      timeBasis = "end";
    }
    if (time === undefined && (batch.timeBasis !== "arrival" || this.#settings.timeFromArrival)) {
      time = typeof batch.time === "object" ? batch.time[index] : batch.time;
      timeBasis = batch.timeBasis;
    }
    if (time === undefined) {
      return new Parked(
        "no-time",
        "the format has neither start nor end, and its delivery names no time: give one (--time), or log the field start",
        flow.line,
      );
    }
    const problem = timeProblem(time, arrivalTime, this.#settings.window);
    if (problem !== undefined) return new Parked("time-out-of-window", problem, flow.line);
    if (!hasEndpoints(flow)) {
      return new Parked(
        "no-endpoint",
        "the line names no source or no destination: log srcaddr and dstaddr",
        flow.line,
      );
    }
    const uid = uidOf(flow.hasIdentity ? flow.identity : `${flow.identity}\n${batch.key}#${batch.ids[index]}`);
    const region = flow.region ?? batch.region ?? this.#settings.region;
    const { observables } = this.#settings;
    const { source, sourceLine } = batch;
    const provenance =
      source === undefined ? undefined : lineProvenance(source, sourceLine ?? batch.ids[index] ?? index);
    into.add(
      () =>
        vpcDocument(
          { flow, account, region, time, timeBasis, uid, context: this.#context(flow, time), provenance },
          observables,
        ),
      account,
      eventDay(time),
      index,
    );
    return undefined;
  }

  /** How many explanations failed since the last call, and why the first one did. */
  takeContextFailures(): Pick<InvocationReport, "contextFailures" | "contextFailure"> {
    const contextFailures = this.#contextFailures;
    const contextFailure = this.#contextFailure;
    this.#contextFailures = 0;
    this.#contextFailure = undefined;
    return { contextFailures, ...(contextFailure === undefined ? {} : { contextFailure }) };
  }

  #context(flow: VpcFlow, time: number): VpcContext | undefined {
    const { context } = this.#settings;
    if (context === undefined) return undefined;
    try {
      return fillFromInventory(flow, context.explain(flow, time));
    } catch (error) {
      // The flow is worth more than its context; an inventory that makes no sense must not hold up a batch for ever.
      this.#contextFailures++;
      this.#contextFailure ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return undefined;
    }
  }

  #park(parked: Parked, batch: LineBatch, index: number, into: Rendering): void {
    into.park(parked.reason, parked.message, parked.raw, `${batch.key}#${batch.ids[index]}`, index);
  }

  #format(fields: string): VpcFormat | TributaryError {
    const known = this.#formats.get(fields);
    if (known !== undefined) return known;
    let format: VpcFormat | TributaryError;
    try {
      format = VpcFormat.parse(fields);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      format = error;
    }
    if (this.#formats.size >= REMEMBERED_FORMATS) this.#formats.clear();
    this.#formats.set(fields, format);
    return format;
  }
}
