import type { Direction } from "@tributary/context";
import type { FlowDocument } from "./flow-document.js";

/** What a document says of the interface that recorded its flow. */
export interface RecordingSide {
  readonly direction: Direction | undefined;
  readonly interfaceId: string | undefined;
  readonly instanceId: string | undefined;
  readonly subnetId: string | undefined;
  readonly vpcId: string | undefined;
}

/** Their places at the endpoint of that side, and in `unmapped` when the side is not known; in the order of the mapping. */
const PLACES = [
  ["interfaceId", "interface_uid", "interface_id"],
  ["instanceId", "instance_uid", "instance_id"],
  ["subnetId", "subnet_uid", "subnet_id"],
  ["vpcId", "vpc_uid", "vpc_id"],
] as const;

const DIRECTIONS = {
  ingress: { direction: "Inbound", direction_id: 1, side: "dst_endpoint" },
  egress: { direction: "Outbound", direction_id: 2, side: "src_endpoint" },
} as const;

const INSTANCE_OBSERVABLE = ".instance_uid";
const RESOURCE_UID = { type: "Resource UID", type_id: 10 };

export function recordingSideOf({
  connection_info,
  src_endpoint,
  dst_endpoint,
  unmapped = {},
}: FlowDocument): RecordingSide {
  const id = connection_info?.direction_id;
  const direction = id === 1 ? "ingress" : id === 2 ? "egress" : undefined;
  if (direction === undefined) {
    const { interface_id, instance_id, subnet_id, vpc_id } = unmapped;
    return { direction, interfaceId: interface_id, instanceId: instance_id, subnetId: subnet_id, vpcId: vpc_id };
  }
  const endpoint = direction === "ingress" ? dst_endpoint : src_endpoint;
  return {
    direction,
    interfaceId: endpoint?.interface_uid,
    instanceId: endpoint?.instance_uid,
    subnetId: endpoint?.subnet_uid,
    vpcId: endpoint?.vpc_uid,
  };
}

/** The document with another side: everything that follows from the direction moves along. */
export function withRecordingSide(document: FlowDocument, side: RecordingSide): FlowDocument {
  const { direction: _direction, ...connection } = document.connection_info ?? {};
  const to = side.direction === undefined ? undefined : DIRECTIONS[side.direction];
  const moved: { -readonly [name in keyof FlowDocument]: FlowDocument[name] } = {
    ...document,
    connection_info: {
      ...(to === undefined ? {} : { direction: to.direction }),
      ...connection,
      direction_id: to?.direction_id ?? 0,
    },
    src_endpoint: without(document.src_endpoint, LOCAL_ATTRIBUTES),
    dst_endpoint: without(document.dst_endpoint, LOCAL_ATTRIBUTES),
    unmapped: without(document.unmapped, SIDELESS_KEYS),
  };
  if (to === undefined) moved.unmapped = behindScopes(moved.unmapped ?? {}, present(side, 2));
  else moved[to.side] = { ...moved[to.side], ...present(side, 1) };
  if (document.observables !== undefined) {
    const others = document.observables.filter(({ name }) => !name.endsWith(INSTANCE_OBSERVABLE));
    const { instanceId: value } = side;
    const own =
      to === undefined || value === undefined
        ? []
        : [{ name: `${to.side}${INSTANCE_OBSERVABLE}`, ...RESOURCE_UID, value }];
    moved.observables = [...others, ...own];
  }
  return moved;
}

const LOCAL_ATTRIBUTES = PLACES.map(([, attribute]) => attribute);
const SIDELESS_KEYS = PLACES.map(([, , key]) => key);

function present(side: RecordingSide, place: 1 | 2): Record<string, string> {
  return Object.fromEntries(
    PLACES.flatMap((names) => {
      const value = side[names[0]];
      return value === undefined ? [] : [[names[place], value]];
    }),
  );
}

function without<T extends object>(object: T | undefined, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([name]) => !names.includes(name))) as T;
}

/** The mapping writes the scopes first. */
function behindScopes(
  unmapped: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const { src_scope, dst_scope, ...rest } = unmapped;
  return {
    ...(src_scope === undefined ? {} : { src_scope }),
    ...(dst_scope === undefined ? {} : { dst_scope }),
    ...added,
    ...rest,
  };
}
