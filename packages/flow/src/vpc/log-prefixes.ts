import {
  AZURE_DATES,
  contains,
  type DateNaming,
  datedChildren,
  datedDepth,
  datedSpan,
  HIVE_DATES,
  overlaps,
  PLAIN_DATES,
  type TimeSpan,
  yearsOf,
} from "./dated-folder.js";
import { type LogSelection, paddedWindow, wantsAccount, wantsRegion } from "./log-selection.js";

/** A list that a bucket is asked for. */
export interface PrefixStep {
  readonly prefix: string;
  /** Only what lies directly below: its keys, and its folders, which `below` answers with steps. Else all keys that begin so. */
  readonly level: boolean;
  /** Folders on the way here that follow no layout. */
  readonly strange: number;
  /** Something beside the folders of a layout: only looked through for folders of one. */
  readonly beside: boolean;
}

/** How many folders of somebody's own may stand above `AWSLogs/`. */
const MAX_STRANGE_DEPTH = 4;
/** Folders outside any layout that are looked into for one; after that all their keys are listed. */
const MAX_STRANGE_FOLDERS = 200;
/** Of folders that are not read, those that are named. */
const MAX_NAMED = 3;
/** For more years it is cheaper to ask which of them there are. */
const MAX_GENERATED_YEARS = 2;

/**
 * Which prefixes must be listed to find the flow logs of a selection, in the layouts of VPC flow logs (plain, Hive, with an
 * organisation, daily and hourly) and of Azure's blobs, below any folders. Accounts and regions are found by their folders; years,
 * months and days are generated where the window has two ends, else found and pruned. Other services' folders are not entered.
 */
export class LogPrefixes {
  readonly #selection: LogSelection;
  readonly #window: TimeSpan;
  readonly #selects: boolean;
  readonly #beside: string[] = [];
  #strangeFolders = 0;

  constructor(selection: LogSelection) {
    this.#selection = selection;
    this.#window = paddedWindow(selection);
    this.#selects = Object.values(selection).some((value) => value !== undefined);
  }

  /** Folders beside those of a layout in which only folders of a layout were looked for, the first ones of them. */
  get beside(): readonly string[] {
    return this.#beside;
  }

  /** The first lists below what the user named: a folder with its slash, the beginning of a name, or nothing. */
  start(prefix: string): readonly PrefixStep[] {
    if (prefix !== "" && !prefix.endsWith("/")) return [step(prefix, true)];
    const place = placeOf(prefix);
    // What lies below another service was named on purpose.
    return place.kind === "other-service" ? [step(prefix, false)] : this.#stepsAt(prefix, place, 0, false);
  }

  /**
   * The lists for the folders that a `level` step found, all of one answer, in order; undefined when there are too many to look into:
   * all keys of the step are to be listed instead.
   */
  below({ strange, beside }: PrefixStep, folders: readonly string[]): readonly PrefixStep[] | undefined {
    const places = folders.map((folder) => ({ folder, place: placeOf(folder), isAzure: AZURE_CONTAINER.test(folder) }));
    const hasLayout = places.some(({ place, isAzure }) => place.kind !== "strange" || isAzure);
    if (!hasLayout && folders.length > MAX_STRANGE_FOLDERS - this.#strangeFolders) return undefined;
    return places.flatMap(({ folder, place, isAzure }) => {
      if (place.kind !== "strange") return this.#stepsAt(folder, place, 0, false);
      const isBeside = this.#selects && (beside || (hasLayout && !isAzure));
      if (isBeside && !beside && this.#beside.length < MAX_NAMED) this.#beside.push(folder);
      return this.#stepsAt(folder, place, strange + 1, isBeside);
    });
  }

  #stepsAt(folder: string, place: Place, strange: number, beside: boolean): readonly PrefixStep[] {
    switch (place.kind) {
      case "strange":
        return this.#strangeSteps(folder, strange, beside);
      case "other-service":
        return [];
      case "accounts":
      case "azure":
        return [step(folder, true)];
      case "account":
        if (!wantsAccount(this.#selection, place.account)) return [];
        return this.#stepsOf(`${folder}${place.hive ? "aws-service=vpcflowlogs/" : "vpcflowlogs/"}`);
      case "regions": {
        if (!wantsAccount(this.#selection, place.account)) return [];
        const { regions } = this.#selection;
        if (regions === undefined) return [step(folder, true)];
        const names = [...new Set(regions)].sort();
        return names.flatMap((region) => this.#stepsOf(`${folder}${place.hive ? "aws-region=" : ""}${region}/`));
      }
      case "dates":
        if (place.account !== undefined && !wantsAccount(this.#selection, place.account)) return [];
        if (place.region !== undefined && !wantsRegion(this.#selection, place.region)) return [];
        return this.#datedSteps(folder, place.segments, place.naming);
    }
  }

  #stepsOf(folder: string): readonly PrefixStep[] {
    return this.#stepsAt(folder, placeOf(folder), 0, false);
  }

  #strangeSteps(folder: string, strange: number, beside: boolean): readonly PrefixStep[] {
    const ends = strange > MAX_STRANGE_DEPTH || this.#strangeFolders >= MAX_STRANGE_FOLDERS;
    if (!ends) this.#strangeFolders++;
    return beside && ends ? [] : [{ prefix: folder, level: !ends, strange, beside }];
  }

  #datedSteps(folder: string, segments: readonly string[], naming: DateNaming): readonly PrefixStep[] {
    const depth = datedDepth(segments, naming);
    const span = datedSpan(segments.slice(0, depth), naming);
    if (span === undefined || !overlaps(span, this.#window)) return [];
    // An hour, or a folder of somebody's own among those of dates, is not divided by time any more.
    const isWhole = depth === naming.length || depth < segments.length;
    if (isWhole || contains(this.#window, span)) return [step(folder, false)];
    const isDay = depth === naming.length - 1;
    // Whether days are divided into hours, the answer tells; where they are not, it holds the day's keys.
    if (isDay || yearsOf(this.#window) > MAX_GENERATED_YEARS) return [step(folder, true)];
    return datedChildren(segments, naming, this.#window).flatMap((child) =>
      this.#datedSteps(`${folder}${child}/`, [...segments, child], naming),
    );
  }
}

const step = (prefix: string, level: boolean): PrefixStep => ({ prefix, level, strange: 0, beside: false });

/** Where a folder stands in a layout. */
type Place =
  | { readonly kind: "strange" | "accounts" | "other-service" | "azure" }
  | { readonly kind: "account" | "regions"; readonly account: string; readonly hive: boolean }
  | {
      readonly kind: "dates";
      readonly account?: string;
      readonly region?: string;
      /** The folders of year, month, day and hour, as far as they go. */
      readonly segments: readonly string[];
      readonly naming: DateNaming;
    };

const ORGANISATION = /^o-[a-z0-9]+$/;
const ACCOUNT = /^(aws-account-id=)?(\d{12})$/;
const AZURE_MARKER = /^(?:flowlog)?resourceid=/i;
/** How Azure names the containers of flow logs; copies often keep it. */
const AZURE_CONTAINER = /(?:^|\/)insights-logs-[^/]*\/$/;
const AZURE_YEAR = /^y=\d{4}$/;

function placeOf(folder: string): Place {
  const segments = folder.split("/").slice(0, -1);
  const root = segments.lastIndexOf("AWSLogs");
  if (root >= 0) return awsPlace(segments.slice(root + 1));
  const marker = segments.findLastIndex((segment) => AZURE_MARKER.test(segment));
  if (marker < 0) return { kind: "strange" };
  const year = segments.findIndex((segment, index) => index > marker && AZURE_YEAR.test(segment));
  if (year < 0) return { kind: "azure" };
  return { kind: "dates", segments: segments.slice(year, year + AZURE_DATES.length), naming: AZURE_DATES };
}

function awsPlace(segments: readonly string[]): Place {
  const below = ORGANISATION.test(segments[0] ?? "") ? segments.slice(1) : segments;
  const [first, service, regionFolder, ...dates] = below;
  if (first === undefined) return { kind: "accounts" };
  const found = ACCOUNT.exec(first);
  if (found === null) return { kind: "other-service" };
  const hive = found[1] !== undefined;
  const account = found[2] ?? "";
  if (service === undefined) return { kind: "account", account, hive };
  if (service !== (hive ? "aws-service=vpcflowlogs" : "vpcflowlogs")) return { kind: "other-service" };
  if (regionFolder === undefined) return { kind: "regions", account, hive };
  const region = hive ? regionFolder.replace(/^aws-region=/, "") : regionFolder;
  return { kind: "dates", account, region, segments: dates, naming: hive ? HIVE_DATES : PLAIN_DATES };
}
