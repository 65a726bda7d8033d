import { isOwnAddress, type OwnedAddress, ownerAt } from "./address-owners.js";
import type { Caveat, ExplainedFlow, Explanation, FlowContext, FlowFacts } from "./explanation.js";
import { FlowExplanations } from "./flow-explanations.js";
import type { Direction, InventorySnapshot, NetworkInterface } from "./inventory.js";
import { NetworkHistory } from "./network-history.js";
import { RecentFlows } from "./recent-flows.js";
import { rejectReason } from "./reject-reason.js";
import type { RuleWorld } from "./rule-match.js";
import { worldAt } from "./rule-scan.js";
import type { InterfaceState } from "./situation.js";
import { Situations } from "./situations.js";

const NO_INTERFACE_ID: Caveat = { kind: "no-field", field: "interface-id" };
/** Explanations of flows of unknown interfaces that are remembered: one for every reason and direction. */
const UNKNOWN = 256;

/** Explains flows by inventories. What an inventory says is compiled when a flow first needs it. */
export class FlowExplainer implements FlowContext {
  readonly #history: NetworkHistory;
  readonly #situations: Situations;
  readonly #explanations: FlowExplanations;
  readonly #recent = new RecentFlows();
  readonly #unknown = new Map<string, Explanation>();

  constructor(readonly snapshots: readonly InventorySnapshot[]) {
    this.#history = new NetworkHistory(snapshots);
    this.#situations = new Situations(this.#history);
    this.#explanations = new FlowExplanations(this.#history, this.#situations.pool);
  }

  /** Why the flow was let through or stopped; `time` is the flow's, ms since the epoch. */
  explain(flow: FlowFacts, time: number): ExplainedFlow {
    const period = flow.interfaceId === undefined ? undefined : this.#situations.at(flow.interfaceId, time);
    if (period === undefined) return this.#unknownInterface(flow, time);
    const { recorder } = period;
    const direction = flow.flowDirection ?? directionOf(flow, recorder);
    if (direction === undefined) {
      const explanation = this.#explanations.explain({ flow, time, period, direction, far: undefined });
      return { explanation, recorder, ...this.#namesOf(flow, time) };
    }
    const isIngress = direction === "ingress";
    const far = this.#lookup(isIngress ? (flow.pktSrcaddr ?? flow.srcaddr) : (flow.pktDstaddr ?? flow.dstaddr));
    const isUsual = far !== undefined && (flow.others === undefined || flow.action !== "REJECT");
    const known = isUsual ? this.#recent.find(flow, time, period, direction, far) : undefined;
    if (known !== undefined) return known;
    const explanation = this.#explanations.explain({ flow, time, period, direction, far });
    const farName = far && ownerAt(far.claims, time, period.vpcId)?.name;
    const explained = isIngress
      ? { explanation, recorder, srcName: farName, dstName: period.name }
      : { explanation, recorder, srcName: period.name, dstName: farName };
    if (isUsual) this.#recent.remember(explained, time, period, far.claims);
    return explained;
  }

  /** The interface with its groups and network ACL at the time, in ms; undefined when no inventory has it. */
  stateOf(interfaceId: string, time: number): InterfaceState | undefined {
    const period = this.#situations.at(interfaceId, time);
    return period && { interface: period.recorder, ...period.situation.facts.state };
  }

  /** What the rules of the interface's groups may refer to at the time, in ms: for `ruleMatch`. */
  worldOf(recorder: NetworkInterface, time: number): RuleWorld {
    return worldAt(this.#history, recorder, time);
  }

  /**
   * The interfaces that have, or had, an id, an instance, an address (private, public or in a delegated prefix) or a name: of each the last
   * state in which it did.
   */
  find(target: string): readonly NetworkInterface[] {
    const owned = this.#lookup(target);
    if (owned !== undefined) return [...new Map(owned.claims.map(({ state }) => [state.id, state])).values()];
    return [...this.#history.interfaces.values()].flatMap(
      ({ states }) =>
        states.findLast(({ id, instanceId, name }) => id === target || instanceId === target || name === target) ?? [],
    );
  }

  #unknownInterface(flow: FlowFacts, time: number): ExplainedFlow {
    const reason = rejectReason(flow);
    const key = `${flow.interfaceId === undefined ? "no field" : ""} ${flow.flowDirection} ${reason ?? ""}`;
    const known = this.#unknown.get(key);
    const explanation = known ?? unknownInterface(flow, reason);
    if (known === undefined && this.#unknown.size < UNKNOWN) this.#unknown.set(key, explanation);
    return { explanation, recorder: undefined, ...this.#namesOf(flow, time) };
  }

  #namesOf(flow: FlowFacts, time: number): Pick<ExplainedFlow, "srcName" | "dstName"> {
    const source = this.#lookup(flow.pktSrcaddr ?? flow.srcaddr);
    const destination = this.#lookup(flow.pktDstaddr ?? flow.dstaddr);
    return {
      srcName: source && ownerAt(source.claims, time, undefined)?.name,
      dstName: destination && ownerAt(destination.claims, time, undefined)?.name,
    };
  }

  #lookup(address: string | undefined): OwnedAddress | undefined {
    return address === undefined ? undefined : this.#history.owners.lookup(address);
  }
}

/** The direction by the interface's own addresses, for logs that do not say it. */
function directionOf(flow: FlowFacts, recorder: NetworkInterface): Direction | undefined {
  const source = flow.srcaddr ?? flow.pktSrcaddr;
  const destination = flow.dstaddr ?? flow.pktDstaddr;
  const isSource = source !== undefined && isOwnAddress(recorder, source);
  const isDestination = destination !== undefined && isOwnAddress(recorder, destination);
  if (isSource === isDestination) return undefined;
  return isDestination ? "ingress" : "egress";
}

function unknownInterface(flow: FlowFacts, reason: string | undefined): Explanation {
  return Object.freeze({
    verdict: "unknown-interface",
    likely: false,
    direction: flow.flowDirection,
    basis: undefined,
    asOf: undefined,
    collectedAt: undefined,
    interfaceType: undefined,
    groups: [],
    rules: [],
    asReply: false,
    rulesConsidered: 0,
    acl: undefined,
    rejectReason: reason,
    caveats: flow.interfaceId === undefined ? [NO_INTERFACE_ID] : [],
  });
}
