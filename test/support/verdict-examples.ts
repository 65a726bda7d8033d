import { readdirSync, readFileSync } from "node:fs";
import type {
  Dated,
  InventorySnapshot,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  SecurityGroup,
} from "@tributary/context";
import { DEFAULT_FORMAT, VpcFlow, VpcFormat } from "@tributary/flow";
import type { PlainExplanation } from "./plain-explanation.js";

/** What an example says of an explanation. */
export type ExpectedExplanation = Omit<PlainExplanation, "groupsAsOf" | "recorderAsOf">;

/** One flow-log line with a small inventory, and what explains it. */
export interface VerdictExample {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly title: string;
  readonly flow: VpcFlow;
  /** ms: the start of the flow, or what the example says where the line does not. */
  readonly time: number;
  readonly inventory: InventorySnapshot;
  readonly expected: ExpectedExplanation;
  /** The expected explanation in words. */
  readonly sentence: string;
}

/** A thing as written: times are ISO 8601, and what is usual is left out. */
type Written<T extends Dated> = Partial<Omit<T, keyof Dated>> & {
  readonly id: string;
  readonly asOf?: string;
  readonly until?: string;
};

interface WrittenExample {
  readonly title: string;
  /** Names of the fields, or `default` for the 14 of version 2. */
  readonly format: string;
  readonly line: string;
  readonly time?: string;
  readonly inventory: {
    /** Of every state that does not say it. */
    readonly asOf: string;
    readonly collectedAt: string;
    readonly interfaces?: readonly Written<NetworkInterface>[];
    readonly groups?: readonly Written<SecurityGroup>[];
    readonly prefixLists?: readonly Written<PrefixList>[];
    readonly networkAcls?: readonly Written<NetworkAcl>[];
  };
  /** `acl` without an entry means the end of the list. */
  readonly expected: Pick<PlainExplanation, "verdict"> &
    Partial<Omit<ExpectedExplanation, "asOf" | "collectedAt" | "srcName" | "dstName" | "acl">> & {
      readonly asOf?: string;
      readonly acl?: { readonly id: string; readonly entry?: number };
      readonly names?: { readonly src?: string; readonly dst?: string };
      readonly sentence: string;
    };
}

const EXAMPLES = new URL("../fixtures/context/verdicts/", import.meta.url);
const ACCOUNT = "123456789012";

/** Reads every example; throws when a line does not fit its format. */
export function verdictExamples(): readonly VerdictExample[] {
  return readdirSync(EXAMPLES).map((file) => {
    const written = JSON.parse(readFileSync(new URL(file, EXAMPLES), "utf8")) as WrittenExample;
    const format = written.format === "default" ? DEFAULT_FORMAT : VpcFormat.parse(written.format);
    const flow = format.parse(written.line);
    if (!(flow instanceof VpcFlow)) throw new TypeError(`${file}: the line does not fit the format`);
    const time = written.time === undefined ? (flow.start ?? Number.NaN) * 1000 : Date.parse(written.time);
    const name = file.replace(/\.json$/, "");
    const { sentence, ...expected } = written.expected;
    return {
      name,
      title: written.title,
      flow,
      time,
      inventory: inventoryOf(written),
      expected: expectedOf(written.inventory, expected),
      sentence,
    };
  });
}

function inventoryOf({ inventory }: WrittenExample): InventorySnapshot {
  const { interfaces = [], groups = [], prefixLists = [], networkAcls = [] } = inventory;
  const dated = <T extends { readonly asOf?: string; readonly until?: string }>({ asOf, until, ...rest }: T) => ({
    ...rest,
    asOf: Date.parse(asOf ?? inventory.asOf),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
  });
  return {
    accountId: ACCOUNT,
    region: "eu-west-1",
    collectedAt: Date.parse(inventory.collectedAt),
    missing: [],
    interfaces: interfaces.map((state) => ({
      accountId: ACCOUNT,
      addresses: [],
      prefixes: [],
      publicAddresses: [],
      groups: [],
      type: "interface",
      tags: {},
      ...dated(state),
    })),
    groups: groups.map(dated),
    prefixLists: prefixLists.map(dated),
    networkAcls: networkAcls.map((state) => ({ subnetIds: [], entries: [], ...dated(state) })),
  };
}

/** Fills in what holds unless the example says otherwise. */
function expectedOf(
  inventory: WrittenExample["inventory"],
  expected: Omit<WrittenExample["expected"], "sentence">,
): ExpectedExplanation {
  const { names = {}, acl, asOf = inventory.asOf, ...said } = expected;
  const isKnown = said.verdict !== "unknown-interface";
  return {
    likely: false,
    direction: undefined,
    basis: isKnown ? "exact" : undefined,
    interfaceType: isKnown ? "interface" : undefined,
    groups: [],
    rules: [],
    asReply: false,
    rulesConsidered: 0,
    rejectReason: undefined,
    caveats: [],
    ...said,
    asOf: isKnown ? Date.parse(asOf) : undefined,
    collectedAt: isKnown ? Date.parse(inventory.collectedAt) : undefined,
    acl: acl === undefined ? undefined : { id: acl.id, entry: acl.entry },
    srcName: names.src,
    dstName: names.dst,
  };
}
