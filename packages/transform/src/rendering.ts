import type { ParkReason, SkipReason } from "@tributary/flow";
import type { ParkedFlow } from "./report.js";

/**
 * A record on its way through the transformation: its documents for one account and day, and the positions of its flows that belong
 * elsewhere. Positions count the flows of the record from 0.
 */
export class Rendering {
  /** Newline-terminated documents, ASCII. */
  text = "";
  documents = 0;
  account = "";
  day = "";
  skipped: Partial<Record<SkipReason, number>> | undefined = undefined;
  parked: ParkedFlow[] | undefined = undefined;
  /** Positions of the parked flows. */
  parkedAt: number[] | undefined = undefined;
  /** Positions of flows of another account or day, by `<account>/<day>`. */
  elsewhere: Map<string, number[]> | undefined = undefined;

  /** Adds a document of the given partition at a position. */
  add(document: () => string, account: string, day: string, position: number): void {
    if (this.documents === 0) {
      this.account = account;
      this.day = day;
    } else if (account !== this.account || day !== this.day) {
      this.elsewhere ??= new Map();
      const key = `${account}/${day}`;
      const positions = this.elsewhere.get(key);
      if (positions === undefined) this.elsewhere.set(key, [position]);
      else positions.push(position);
      return;
    }
    this.text += `${document()}\n`;
    this.documents++;
  }

  skip(reason: SkipReason, count = 1): void {
    this.skipped ??= {};
    this.skipped[reason] = (this.skipped[reason] ?? 0) + count;
  }

  park(reason: ParkReason, message: string, raw: string, where: string, position: number): void {
    this.parked ??= [];
    this.parkedAt ??= [];
    this.parked.push({ reason, message, raw, position: where });
    this.parkedAt.push(position);
  }
}
