import { type Direction, hasPorts, type NetworkInterface, protocolText } from "@tributary/context";
import { withLakeEngine } from "../lake-engine.js";
import { type PortUse, portUse, skippedIntervals } from "./port-users.js";
import type { TargetQuestion } from "./target-question.js";
import { timeWindow, type WindowStart } from "./time-window.js";

/**
 * The use of the asked service of each interface, in their order, as the lake's flows tell; undefined for a lake without flows.
 * Ctrl-C ends it; throws what `Lake.open` throws.
 */
export async function lakeUse(
  folder: string,
  question: TargetQuestion,
  interfaces: readonly NetworkInterface[],
  start: WindowStart,
): Promise<readonly PortUse[] | undefined> {
  return withLakeEngine(folder, {}, async (engine, signal) => {
    const { newestDay } = engine;
    if (newestDay === undefined) return undefined;
    const window = timeWindow(start, newestDay);
    const skipped = await skippedIntervals(engine, signal);
    const uses: PortUse[] = [];
    for (const on of interfaces) uses.push(await portUse(engine, usedPort(question, on), { window, skipped, signal }));
    return uses;
  });
}

function usedPort({ direction, protocol, port, own, peer: _ }: TargetQuestion, on: NetworkInterface) {
  const addresses = own === undefined ? [...on.addresses, ...on.publicAddresses] : [own];
  return {
    interfaceId: on.id,
    // A delegated prefix holds more addresses than can be listed, so then the interface alone tells.
    addresses: on.prefixes.length > 0 && own === undefined ? [] : addresses,
    direction: direction satisfies Direction,
    protocol: protocol === undefined ? undefined : trafficProtocol(protocol),
    port: hasPorts(protocol) ? port : undefined,
  };
}

/** As the view `traffic` names protocols. */
function trafficProtocol(protocol: number): string {
  const name = protocolText(protocol);
  return name.startsWith("protocol ") ? String(protocol) : name;
}
