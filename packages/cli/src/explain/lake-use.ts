import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Direction, hasPorts, type NetworkInterface, protocolText } from "@tributary/context";
import { DuckDbEngine, Lake } from "@tributary/lake";
import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { interruption } from "../interruption.js";
import { queriesFolder } from "../project-folder.js";
import { type PortUse, portUse } from "./port-users.js";
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
  const interrupted = interruption(() => undefined);
  const lake = await Lake.open(folder, { columns: duckdbColumns(networkActivity), readOnly: true });
  const tempDirectory = join(tmpdir(), `tributary-${process.pid}`);
  let engine: DuckDbEngine | undefined;
  try {
    engine = await DuckDbEngine.open({ lake, viewsFolder: `${queriesFolder()}/views`, tempDirectory });
    const { newestDay } = engine;
    if (newestDay === undefined) return undefined;
    const window = timeWindow(start, newestDay);
    const uses: PortUse[] = [];
    for (const on of interfaces) uses.push(await portUse(engine, usedPort(question, on), window, interrupted.signal));
    return uses;
  } finally {
    interrupted.end();
    await engine?.close();
    await lake.close();
    await rm(tempDirectory, { recursive: true, force: true });
  }
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
