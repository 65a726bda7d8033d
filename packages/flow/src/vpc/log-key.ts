/** What the S3 key of a flow-log file says, in either of its layouts (VPC user guide, "Flow log files"). */
export interface VpcLogKey {
  /** The key from `AWSLogs/` on, without `.gz`: the same for the object and for a copy on disk that kept the path. */
  readonly key: string;
  readonly account?: string;
  readonly region?: string;
  /** ms since the epoch of the five-minute slot in the file's name. */
  readonly time?: number;
}

const FILE_NAME = /(?:^|\/)(\d{12})_vpcflowlogs_([a-z0-9-]+)_[^/]*?_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})Z[^/]*$/;
const FOLDERS = /AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/vpcflowlogs\/([a-z0-9-]+)\//;
const HIVE_ACCOUNT = /\/aws-account-id=(\d{12})\//;
const HIVE_REGION = /\/aws-region=([a-z0-9-]+)\//;

/** Reads a path or URL-encoded key (S3 events write `=` as `%3D`); undefined when it follows neither layout. */
export function parseVpcLogKey(path: string): VpcLogKey | undefined {
  const plain = path.replaceAll("\\", "/").replace(/%3d/gi, "=");
  const from = plain.lastIndexOf("AWSLogs/");
  const name = FILE_NAME.exec(plain);
  if (from < 0 && name === null) return undefined;
  const key = (from < 0 ? plain.slice(plain.lastIndexOf("/") + 1) : plain.slice(from)).replace(/\.gz$/, "");
  const folders = FOLDERS.exec(plain);
  const account = name?.[1] ?? folders?.[1] ?? HIVE_ACCOUNT.exec(plain)?.[1];
  const region = name?.[2] ?? folders?.[2] ?? HIVE_REGION.exec(plain)?.[1];
  const time = name === null ? Number.NaN : Date.parse(`${name[3]}-${name[4]}-${name[5]}T${name[6]}:${name[7]}:00Z`);
  return {
    key,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(Number.isNaN(time) ? {} : { time }),
  };
}
