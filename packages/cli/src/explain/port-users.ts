import type { Direction } from "@tributary/context";
import { allRows, type QueryEngine, type QueryValue, stringLiteral } from "@tributary/lake";
import type { TimeWindow } from "./time-window.js";

/** An other end that used a port of an interface, or tried to, within a window. */
export interface PortUser {
  readonly address: string;
  readonly name: string | undefined;
  readonly allowed: boolean;
  readonly flows: number;
  /** Those of them of which the verdict rests on a guess. */
  readonly likelyFlows: number;
  readonly bytes: number;
  /** ms since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** What the lake knows of a port's use. */
export interface PortUse {
  readonly window: TimeWindow;
  /** Those with the most flows, at most `MOST_USERS`. */
  readonly users: readonly PortUser[];
  readonly complete: boolean;
  /** Flows of the interface in the window, whatever the port: without any, no use says nothing. */
  readonly flowsOfInterface: number;
  /** When the first and last of them began, ms since the epoch. */
  readonly seen: { readonly first: number; readonly last: number } | undefined;
  /** Intervals in all the lake's input that AWS did not record. */
  readonly skipped: number;
}

/** Flows of one interface from or to one port. */
export interface UsedPort {
  readonly interfaceId: string;
  /** Of the interface itself. */
  readonly addresses: readonly string[];
  readonly direction: Direction;
  /** As the view `traffic` names it; undefined for all. */
  readonly protocol: string | undefined;
  readonly port: number | undefined;
}

/** Bounds memory; who has fewer flows than so many others is counted as the rest. */
const MOST_USERS = 10_000;

/** What is the same for every interface. */
export interface UseQuestion {
  readonly window: TimeWindow;
  /** Of `skippedIntervals`. */
  readonly skipped: number;
  readonly signal: AbortSignal;
}

/** Intervals in all the lake's input that AWS did not record. */
export async function skippedIntervals(engine: QueryEngine, signal: AbortSignal): Promise<number> {
  const sql = "SELECT coalesce(sum(element_at(skipped_by_reason, 'skipdata')), 0) FROM ingest";
  const [row] = await allRows(await engine.query(sql, { signal }));
  return Number(row?.[0] ?? 0);
}

/** Asks the view `traffic`. Replies do not count as use. */
export async function portUse(
  engine: QueryEngine,
  used: UsedPort,
  { window, skipped, signal }: UseQuestion,
): Promise<PortUse> {
  const ask = async (sql: string) => allRows(await engine.query(sql, { signal }));
  const rows = await ask(usersSql(used, window));
  const [interfaceRow] = await ask(
    `SELECT count(*), min(time), max(time) FROM traffic WHERE ${inWindow(window)} AND interface = ${stringLiteral(used.interfaceId)}`,
  );
  const flowsOfInterface = Number(interfaceRow?.[0] ?? 0);
  return {
    window,
    users: rows.slice(0, MOST_USERS).map(portUser),
    complete: rows.length <= MOST_USERS,
    flowsOfInterface,
    seen:
      flowsOfInterface === 0 ? undefined : { first: momentOf(interfaceRow?.[1]), last: momentOf(interfaceRow?.[2]) },
    skipped,
  };
}

function usersSql({ interfaceId, addresses, direction, protocol, port }: UsedPort, window: TimeWindow): string {
  const [own, peer] = direction === "ingress" ? ["dst", "src"] : ["src", "dst"];
  const conditions = [
    inWindow(window),
    `interface = ${stringLiteral(interfaceId)}`,
    ...(addresses.length === 0 ? [] : [`${own} IN (${addresses.map(stringLiteral).join(", ")})`]),
    ...(protocol === undefined ? [] : [`proto = ${stringLiteral(protocol)}`]),
    ...(port === undefined ? [] : [`dport = ${port}`]),
    "action IN ('Allowed', 'Denied')",
    "coalesce(verdict, '') <> 'return-traffic'",
  ];
  return `SELECT ${peer}, max(${peer}_name), action = 'Allowed', count(*), count_if(likely), sum(bytes), min(time), max(time)
    FROM traffic WHERE ${conditions.join(" AND ")}
    GROUP BY ${peer}, action ORDER BY count(*) DESC, ${peer} LIMIT ${MOST_USERS + 1}`;
}

/** The day is a partition, so that older ones are not read. */
function inWindow({ from, to }: TimeWindow): string {
  const day = (ms: number) => stringLiteral(new Date(ms).toISOString().slice(0, 10).replaceAll("-", ""));
  const moment = (ms: number) =>
    `TIMESTAMP ${stringLiteral(new Date(ms).toISOString().replace("T", " ").slice(0, 23))}`;
  return `eventday BETWEEN ${day(from)} AND ${day(to - 1)} AND time >= ${moment(from)} AND time < ${moment(to)}`;
}

function portUser([address, name, allowed, flows, likely, bytes, first, last]: readonly QueryValue[]): PortUser {
  return {
    address: String(address),
    name: typeof name === "string" ? name : undefined,
    allowed: allowed === true,
    flows: Number(flows),
    likelyFlows: Number(likely ?? 0),
    bytes: Number(bytes ?? 0),
    firstSeen: momentOf(first),
    lastSeen: momentOf(last),
  };
}

const momentOf = (value: QueryValue | undefined): number => Date.parse(`${String(value).replace(" ", "T")}Z`);
