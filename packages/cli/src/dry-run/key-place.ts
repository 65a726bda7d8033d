import { azureBlobKey, parseAzureBlobPath, parseVpcLogKey } from "@tributary/flow";

/** Inputs of one form give about as many flows a byte. */
export type InputForm = "azure" | "parquet" | "compressed" | "plain";

/** What the path of an input says of its flows. */
export interface KeyPlace {
  readonly form: InputForm;
  /** An account of AWS, or a subscription of Azure. */
  readonly account?: string;
  readonly region?: string;
  /** UTC day, as in 2026-10-14. */
  readonly day?: string;
}

const SUBSCRIPTION = /(?:\/subscriptions|flowlogresourceid=)\/([0-9a-f-]{36})[/_]/;
const FOLDERS_OF_DAY = /\/(?:year=)?(\d{4})\/(?:month=)?(\d{2})\/(?:day=)?(\d{2})\//;

/** Reads the key of an object, or the path of a file that keeps it. */
export function keyPlace(path: string): KeyPlace {
  const blob = azureBlobKey(path);
  if (blob !== undefined) {
    const { region, hour } = parseAzureBlobPath(blob);
    return place("azure", { account: SUBSCRIPTION.exec(blob)?.[1], region, day: dayOf(hour) });
  }
  const form = path.endsWith(".parquet") ? "parquet" : path.endsWith(".gz") ? "compressed" : "plain";
  const vpc = parseVpcLogKey(path);
  if (vpc === undefined) return { form };
  const [, year, month, date] = FOLDERS_OF_DAY.exec(vpc.key) ?? [];
  const day = dayOf(vpc.time) ?? (year === undefined ? undefined : `${year}-${month}-${date}`);
  return place(form, { account: vpc.account, region: vpc.region, day });
}

function place(
  form: InputForm,
  { account, region, day }: { account: string | undefined; region: string | undefined; day: string | undefined },
): KeyPlace {
  return {
    form,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(day === undefined ? {} : { day }),
  };
}

function dayOf(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 10);
}
