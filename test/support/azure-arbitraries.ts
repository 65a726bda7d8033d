import type { AzureLayout, PackedAzureRecord } from "@tributary/flow";
import fc from "fast-check";
import { PLAIN_PROTOCOLS } from "./plain-mapping.js";
import { START } from "./transform-event.js";
import { address } from "./vpc-arbitraries.js";

const SUBSCRIPTION = "12345678-90ab-cdef-1234-567890abcdef";
const NETWORK = `/subscriptions/${SUBSCRIPTION}/resourceGroups/web-rg/providers/Microsoft.Network`;
const UPPER_NSG = `${NETWORK}/networkSecurityGroups/WEB-NSG`.toUpperCase();

const port = fc.integer({ min: 0, max: 65_535 });
const counts = fc
  .array(fc.oneof(fc.nat(), fc.maxSafeNat()), { minLength: 4, maxLength: 4 })
  .map((numbers) => numbers.join());
const TIME = { min: START * 1000, max: START * 1000 + 600_000 };

function tupleOf(layout: AzureLayout): fc.Arbitrary<string> {
  const head = fc.tuple(address, address, port, port).map((parts) => parts.join());
  const side = fc.constantFrom("I", "O");
  if (layout === "vnet-v4") {
    const tail = fc.oneof(
      fc.tuple(fc.constantFrom("B", "D"), fc.constantFrom("0,0,0,0", ",,,")),
      fc.tuple(fc.constantFrom("C", "E"), counts),
    );
    return fc
      .tuple(
        fc.integer(TIME),
        head,
        fc.constantFrom(...PLAIN_PROTOCOLS),
        side,
        tail,
        fc.constantFrom("X", "NX", "NX_FALLBACK"),
      )
      .map(([time, ends, protocol, direction, [state, numbers], encryption]) =>
        [time, ends, protocol, direction, state, encryption, numbers].join(),
      );
  }
  const start = fc.tuple(fc.integer({ min: START, max: START + 600 }), head, fc.constantFrom("T", "U"), side);
  if (layout === "nsg-v1") {
    return fc.tuple(start, fc.constantFrom("A", "D")).map(([parts, decision]) => `${parts.join()},${decision}`);
  }
  const tail = fc.oneof(
    fc.constantFrom("A,B,,,,", "D,B,,,,", "A,C,,,,"),
    fc.tuple(fc.constantFrom("A,C", "A,E"), counts).map((parts) => parts.join()),
  );
  return fc.tuple(start, tail).map(([parts, rest]) => `${parts.join()},${rest}`);
}

const rule = fc.oneof(
  fc.constantFrom(
    "DefaultRule_DenyAllInBound",
    "UserRule_allow-https",
    "PlatformRule",
    "unspecified",
    "BlockHighRiskPorts",
  ),
  fc.string({ unit: "grapheme" }),
);
const acl = fc.constantFrom(
  undefined,
  "00000000-0000-0000-0000-000000000000",
  "unspecified",
  `${NETWORK}/networkSecurityGroups/web-nsg`,
  UPPER_NSG,
  `${NETWORK}/networkSecurityGroups/web-nsg/securityRules/allow-https`,
  `${NETWORK}/networkSecurityGroups/web-nsg/defaultSecurityRules/DenyAllInBound`,
  `${NETWORK}/networkManagers/estate/securityAdminConfigurations/base/ruleCollections/all/rules/block-high-risk`,
);
const target = fc.constantFrom(
  undefined,
  `${NETWORK}/virtualNetworks/web-vnet`,
  `${NETWORK}/virtualNetworks/web-vnet/subnets/front`,
  `${NETWORK}/networkInterfaces/web-nic`,
);
const optional = <K extends string, T>(name: K, value: T | undefined): { readonly [N in K]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: T };

/** A packed record with at least one tuple; its subscription is named by a header or by the blob. */
export const packedAzureRecord: fc.Arbitrary<PackedAzureRecord> = fc
  .constantFrom<AzureLayout>("nsg-v1", "nsg-v2", "vnet-v4")
  .chain((layout) => {
    const group = fc.record({
      first: fc.nat({ max: 9 }),
      rule,
      acl,
      mac: fc.constantFrom(undefined, "0022480A0B0C"),
      tuples: fc.array(tupleOf(layout), { minLength: 1, maxLength: 3 }),
    });
    return fc
      .record({
        groups: fc.array(group, { minLength: 1, maxLength: 3 }),
        target: layout === "vnet-v4" ? target : fc.constant(undefined),
        mac: fc.constantFrom(undefined, "000D3AF8A0B1"),
        guid: fc.constantFrom(undefined, "fedcba98-7654-4321-8fed-cba987654321"),
        joined: fc.boolean(),
        offset: fc.nat(),
      })
      .map(({ groups, target: targetResourceId, mac, guid, joined, offset }) => ({
        tributary: { v: 1, kind: "azure" } as const,
        blob: joined
          ? `flowlogresourceid=/${SUBSCRIPTION}_networkwatcherrg/networkwatcher_northeurope_web/pt1h.json`
          : `resourceid=/subscriptions/${SUBSCRIPTION}/resourcegroups/web-rg/pt1h.json`,
        offset,
        header: {
          layout,
          time: "2026-04-02T18:31:50.1234567Z",
          ...optional("macAddress", mac),
          ...(layout === "vnet-v4" ? {} : { resourceId: UPPER_NSG }),
          ...optional("targetResourceId", targetResourceId),
          ...optional("flowLogGuid", guid),
        },
        groups: groups.map(({ acl: aclId, mac: groupMac, ...rest }, index) => ({
          flow: index,
          group: 0,
          ...rest,
          ...(layout === "vnet-v4" ? optional("aclId", aclId) : optional("mac", groupMac)),
        })),
      }));
  });
