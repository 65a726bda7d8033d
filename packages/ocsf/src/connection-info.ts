import { closed, fieldsOf } from "./json-text.js";
import { BOUNDARIES, networkConnectionInfo } from "./objects.js";
import { PROTOCOL_NAMES } from "./protocol-names.js";

/** What `connection_info` is made of. Absent parts are undefined. */
export interface Connection {
  readonly inbound: boolean | undefined;
  /** AWS `traffic-path`, 1 to 8; other numbers are kept as text. */
  readonly trafficPath: number | undefined;
  readonly protocol: number | undefined;
  /** IPv4, IPv6 or EFA. */
  readonly version: string | undefined;
  readonly tcpFlags: number | undefined;
}

// A map, since the name is whatever the line says, and every object has a `toString`.
const VERSION_IDS: ReadonlyMap<string, number> = new Map([
  ["IPv4", 4],
  ["IPv6", 6],
]);
const TRAFFIC_PATH_TO_BOUNDARY = 3;
const LAST_TRAFFIC_PATH = 8;

/** The `,"connection_info":{…}` field. */
export function connectionInfoField({ inbound, trafficPath, protocol, version, tcpFlags }: Connection): string {
  const known = trafficPath !== undefined && trafficPath >= 1 && trafficPath <= LAST_TRAFFIC_PATH;
  const boundaryId = trafficPath === undefined ? undefined : known ? trafficPath + TRAFFIC_PATH_TO_BOUNDARY : 99;
  const fields = fieldsOf(networkConnectionInfo.attributes, {
    direction: inbound === undefined ? undefined : inbound ? "Inbound" : "Outbound",
    direction_id: inbound === undefined ? 0 : inbound ? 1 : 2,
    boundary: boundaryId === undefined ? undefined : known ? BOUNDARIES[boundaryId] : String(trafficPath),
    boundary_id: boundaryId,
    protocol_num: protocol,
    protocol_name: protocol === undefined ? undefined : PROTOCOL_NAMES[protocol],
    protocol_ver: version,
    protocol_ver_id: version === undefined ? undefined : (VERSION_IDS.get(version) ?? 99),
    tcp_flags: tcpFlags,
  });
  return `,"connection_info":${closed(fields)}`;
}
