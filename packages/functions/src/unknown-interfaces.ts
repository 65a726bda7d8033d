import type { FlowFacts } from "@tributary/context";
import { isAccountId, isRegion } from "@tributary/flow";
import { LRUCache } from "lru-cache";
import { type InventoryRequest, isInterfaceId } from "./inventory-requests.js";

/** What a flow log may say of a flow beyond its facts: where the interface is. */
export type LoggedFlow = FlowFacts & { readonly accountId?: string | undefined; readonly region?: string | undefined };

export interface UnknownInterfacesOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** ms during which an interface that was asked for is not asked for again. */
  readonly askAgainAfter: number;
}

/** Interfaces that are remembered as asked for. */
const MAX_ASKED = 20_000;
/** Interfaces that wait to be asked for: 1000 ids are 25 kB of a message. */
const MAX_WAITING = 1000;

/** The interfaces that no inventory knows: those to be asked for, each once, and those that were. */
export class UnknownInterfaces {
  readonly #waiting = new Map<string, Omit<InventoryRequest, "interfaceIds">>();
  readonly #asked: LRUCache<string, true>;
  #overflow = 0;

  constructor({ now, askAgainAfter }: UnknownInterfacesOptions) {
    this.#asked = new LRUCache({ max: MAX_ASKED, ttl: askAgainAfter, ttlResolution: 0, perf: { now } });
  }

  /** Notes the interface of a flow, unless it was asked for lately. */
  note({ interfaceId: id, accountId, region }: LoggedFlow): void {
    if (id === undefined || this.#waiting.has(id) || this.#asked.has(id) || !isInterfaceId(id)) return;
    if (this.#waiting.size >= MAX_WAITING) {
      this.#overflow++;
      return;
    }
    this.#waiting.set(id, {
      // A log may say anything; what cannot be an account or region says nothing.
      ...(isAccountId(accountId) ? { accountId } : {}),
      ...(isRegion(region) ? { region } : {}),
    });
  }

  /** Those that wait, by account and region. They wait no longer; `asked` keeps them from being noted again. */
  take(): readonly InventoryRequest[] {
    const groups = new Map<string, { about: Omit<InventoryRequest, "interfaceIds">; ids: string[] }>();
    for (const [id, about] of this.#waiting) {
      const key = `${about.accountId ?? ""}/${about.region ?? ""}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { about, ids: [id] });
      else group.ids.push(id);
    }
    this.#waiting.clear();
    return [...groups.values()].map(({ about, ids }) => ({ ...about, interfaceIds: ids }));
  }

  /** How many notes came while enough were waiting, since the last call. */
  takeOverflow(): number {
    const overflow = this.#overflow;
    this.#overflow = 0;
    return overflow;
  }

  /** These were asked for, or are known not to exist. */
  asked(ids: Iterable<string>): void {
    for (const id of ids) this.#asked.set(id, true);
  }
}
