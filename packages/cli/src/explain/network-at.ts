import {
  type FlowExplainer,
  type IpAddress,
  type IpRange,
  ipRange,
  type NetworkInterface,
  type PrefixList,
  type RuleWorld,
  rangeContains,
  type SecurityGroup,
  type Timeline,
  timelinesById,
} from "@tributary/context";
import { covers } from "./ip-blocks.js";

/** What inventories say at one moment of the things that an interface's rules name. */
export class NetworkAt {
  /** What rules are held against. */
  readonly world: RuleWorld;
  readonly #time: number;
  readonly #prefixLists: ReadonlyMap<string, Timeline<PrefixList>>;
  readonly #groups: ReadonlyMap<string, Timeline<SecurityGroup>>;
  /** Of the interfaces that existed. */
  readonly #interfaces: readonly NetworkInterface[];

  /** `recorder` is the interface whose rules are looked at; `time` in ms. */
  constructor(explainer: FlowExplainer, recorder: NetworkInterface, time: number) {
    const byAge = [...explainer.snapshots].sort((a, b) => a.collectedAt - b.collectedAt);
    this.world = explainer.worldOf(recorder, time);
    this.#time = time;
    this.#prefixLists = timelinesById(byAge.flatMap(({ prefixLists }) => prefixLists));
    this.#groups = timelinesById(byAge.flatMap(({ groups }) => groups));
    const interfaces = timelinesById(byAge.flatMap((snapshot) => snapshot.interfaces));
    this.#interfaces = [...interfaces.values()].flatMap((timeline) => {
      const { state, existed } = timeline.at(time);
      return existed ? [state] : [];
    });
  }

  prefixList(id: string): PrefixList | undefined {
    return this.#prefixLists.get(id)?.at(this.#time).state;
  }

  group(id: string): SecurityGroup | undefined {
    return this.#groups.get(id)?.at(this.#time).state;
  }

  /** The interfaces in a group. */
  membersOf(groupId: string): readonly NetworkInterface[] {
    return this.#interfaces.filter(({ groups }) => groups.includes(groupId));
  }

  /** The interface of a subnet that has an address: network ACLs do not apply between two of one subnet. */
  neighbour(subnetId: string | undefined, address: IpAddress): NetworkInterface | undefined {
    if (subnetId === undefined) return undefined;
    return this.#interfaces.find(
      (each) => each.subnetId === subnetId && blocksOf(each).some((block) => rangeContains(block, address)),
    );
  }

  /** Whether all of a block belongs to an interface of the subnet. */
  isNeighbour(subnetId: string | undefined, block: IpRange): boolean {
    if (subnetId === undefined) return false;
    return this.#interfaces.some(
      (each) => each.subnetId === subnetId && blocksOf(each).some((own) => covers(own, block)),
    );
  }

  /** The name of the interface with an address: that of the VPC if there is one, else the only one. */
  nameOf(address: string, vpcId: string | undefined): string | undefined {
    const owners = this.#interfaces.filter(
      ({ addresses, publicAddresses }) => addresses.includes(address) || publicAddresses.includes(address),
    );
    const [near] = owners.filter((each) => each.vpcId === vpcId);
    const [only] = owners;
    return (near ?? (owners.length === 1 ? only : undefined))?.name;
  }
}

const blocksOf = ({ addresses, prefixes }: NetworkInterface): readonly IpRange[] =>
  [...addresses, ...prefixes].flatMap((block) => ipRange(block) ?? []);
