import { azureRegion, azureSubscription, type PackedAzureRecord, Parked, parseAzureTuple } from "@tributary/flow";
import { AzureDocumentWriters, eventDay, tupleProvenance, uidOf } from "@tributary/ocsf";
import type { Rendering } from "./rendering.js";
import type { TransformSettings } from "./settings.js";
import { timeProblem } from "./time-window.js";

/** Turns packed Azure records into documents. */
export class AzureTransform {
  readonly #settings: TransformSettings;
  readonly #writers: AzureDocumentWriters;

  constructor(settings: TransformSettings) {
    this.#settings = settings;
    this.#writers = new AzureDocumentWriters(settings.observables);
  }

  /** Renders all tuples of a record; positions count them in order. `arrivalTime` in ms bounds the time window. */
  render(
    { header, blob, offset, source, sourceLine, groups }: PackedAzureRecord,
    into: Rendering,
    arrivalTime: number,
  ): void {
    const subscription = azureSubscription(header, blob);
    const region = azureRegion(header, blob) ?? this.#settings.region;
    let position = 0;
    for (const group of groups) {
      const writer =
        subscription === undefined ? undefined : this.#writers.get(header, group, { subscription, region });
      group.tuples.forEach((text, index) => {
        const at = position++;
        const { flow, group: groupIndex, first } = group;
        const tupleIndex = first + index;
        const where = `${blob}@${offset}/${flow}/${groupIndex}/${tupleIndex}`;
        if (writer === undefined) {
          const message = "no id of the record names a subscription: check what wrote this blob";
          into.park("no-account", message, text, where, at);
          return;
        }
        const tuple = parseAzureTuple(header.layout, text);
        if (tuple instanceof Parked) {
          into.park(tuple.reason, tuple.message, text, where, at);
          return;
        }
        const problem = timeProblem(tuple.time, arrivalTime, this.#settings.window);
        if (problem !== undefined) {
          into.park("time-out-of-window", problem, text, where, at);
          return;
        }
        const account = `external_${subscription}`;
        const document = (): string => {
          const place = { offset, sourceLine, flow, group: groupIndex, tuple: tupleIndex };
          const provenance = source === undefined ? "" : tupleProvenance(source, place);
          return writer.document(tuple, uidOf(`${where} ${text}`), provenance);
        };
        into.add(document, account, eventDay(tuple.time), at);
      });
    }
  }
}
