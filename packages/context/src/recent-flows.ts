import type { Claim, OwnedAddress } from "./address-owners.js";
import { goesToEphemeralPort, roleByFlags, roleByPorts } from "./connection-role.js";
import type { ExplainedFlow, FlowFacts } from "./explanation.js";
import type { Direction } from "./inventory.js";
import type { Period } from "./situation.js";

/** What flows have in common that are explained alike. */
interface Entry {
  readonly period: Period;
  readonly claims: readonly Claim[];
  readonly address: number;
  readonly srcport: number;
  readonly dstport: number;
  readonly others: number;
  /** When it holds, ms: the end is excluded. */
  readonly from: number;
  readonly to: number;
  readonly explained: ExplainedFlow;
}

/** About 3 MB. */
const PLACES = 16_384;

/**
 * Remembers how flows were explained, one for each place in a table: flows of the same interface and far end differ in their ports
 * mostly, and most ports fare alike.
 */
export class RecentFlows {
  readonly #entries: (Entry | undefined)[];
  // What the last flow was looked for by.
  #place = 0;
  #address = 0;
  #srcport = 0;
  #dstport = 0;
  #others = 0;

  /** `places` is a power of two. */
  constructor(places = PLACES) {
    this.#entries = new Array<Entry | undefined>(places).fill(undefined);
  }

  /** How a flow with the same causes was explained. */
  find(
    flow: FlowFacts,
    time: number,
    period: Period,
    direction: Direction,
    far: OwnedAddress,
  ): ExplainedFlow | undefined {
    const { ip, claims } = far;
    if (ip.version !== 4) {
      this.#place = -1;
      return undefined;
    }
    const { portClasses } = period.situation;
    const srcport = portClasses.of(flow.srcport);
    const dstport = portClasses.of(flow.dstport);
    const others = otherFacts(flow, direction);
    this.#address = ip.value;
    this.#srcport = srcport;
    this.#dstport = dstport;
    this.#others = others;
    let hash = Math.imul(period.number ^ Math.imul(ip.value, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ others ^ (srcport << 7), 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ dstport, 0x85ebca6b);
    const place = (hash ^ (hash >>> 15)) & (this.#entries.length - 1);
    this.#place = place;
    const entry = this.#entries[place];
    return entry !== undefined &&
      entry.period === period &&
      entry.address === ip.value &&
      entry.claims === claims &&
      entry.srcport === srcport &&
      entry.dstport === dstport &&
      entry.others === others &&
      time >= entry.from &&
      time < entry.to
      ? entry.explained
      : undefined;
  }

  /** Remembers the flow that was just looked for. */
  remember(explained: ExplainedFlow, time: number, period: Period, claims: readonly Claim[]): void {
    if (this.#place < 0) return;
    let { from, to } = period;
    for (const claim of claims) {
      for (const edge of [claim.from, claim.to]) {
        if (edge <= time) from = Math.max(from, edge);
        else to = Math.min(to, edge);
      }
    }
    this.#entries[this.#place] = {
      period,
      claims,
      address: this.#address,
      srcport: this.#srcport,
      dstport: this.#dstport,
      others: this.#others,
      from,
      to,
      explained,
    };
  }
}

/** All that verdicts go by but ports, as held against rules and entries, and addresses. */
function otherFacts(flow: FlowFacts, direction: Direction): number {
  const { protocol, action, tcpFlags } = flow;
  const byFlags = roleByFlags(flow);
  const byPorts = roleByPorts(flow);
  let facts = protocol === undefined ? 0 : protocol + 1;
  facts = facts * 3 + (action === undefined ? 0 : action === "ACCEPT" ? 1 : 2);
  facts = facts * 4 + (byFlags === undefined ? (tcpFlags === undefined ? 0 : 1) : byFlags === "initiator" ? 2 : 3);
  facts = facts * 3 + (byPorts === undefined ? 0 : byPorts === "initiator" ? 1 : 2);
  return facts * 4 + (goesToEphemeralPort(flow) ? 2 : 0) + (direction === "ingress" ? 1 : 0);
}
