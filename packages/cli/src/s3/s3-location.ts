import { ConfigurationError } from "@tributary/flow";

const SCHEME = /^s3:\/\//i;
/** As Hadoop's file systems spell it. */
const HADOOP_SCHEME = /^s3[an]:\/\//i;
// Old buckets and other stores allow more than today's rules (S3 user guide, "General purpose bucket naming rules").
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;
const ACCESS_POINT = /^(arn:aws[a-z-]*:s3:([a-z0-9-]+):\d{12}:accesspoint\/[a-z0-9-]{3,63})(?:\/(.*))?$/s;
const EXAMPLE = "give it as s3://bucket/prefix";

/** Whether a path of the user names a store of objects, well or not. */
export function isS3Path(path: string): boolean {
  return SCHEME.test(path) || HADOOP_SCHEME.test(path);
}

/** Objects of a bucket: all whose keys begin with the prefix, or the one that has it as its key. */
export class S3Location {
  private constructor(
    /** A name, or the ARN of an access point. */
    readonly bucket: string,
    /** As the store has it, without any encoding; empty for the whole bucket. */
    readonly prefix: string,
    /** That of an access point, which its ARN names. */
    readonly region?: string,
  ) {}

  /** Reads `s3://bucket/prefix`. Throws ConfigurationError `bad-s3-path`. */
  static parse(text: string): S3Location {
    const bad = (what: string) => new ConfigurationError("bad-s3-path", `${JSON.stringify(text)} ${what}`);
    if (HADOOP_SCHEME.test(text)) throw bad(`is a path of Hadoop's: ${EXAMPLE}`);
    if (!SCHEME.test(text)) throw bad(`is no path of S3: ${EXAMPLE}`);
    const rest = text.replace(SCHEME, "");
    if (rest.startsWith("arn:")) {
      const [, arn, region, prefix = ""] = ACCESS_POINT.exec(rest) ?? [];
      if (arn === undefined || region === undefined) {
        throw bad(
          "names no access point of a region: give s3://arn:aws:s3:<region>:<account>:accesspoint/<name>/<prefix>, or the bucket",
        );
      }
      return new S3Location(arn, prefix, region);
    }
    const slash = rest.indexOf("/");
    const bucket = slash < 0 ? rest : rest.slice(0, slash);
    if (bucket === "") throw bad(`names no bucket: ${EXAMPLE}`);
    if (!BUCKET.test(bucket)) throw bad(`names ${JSON.stringify(bucket)}, which cannot be a bucket: ${EXAMPLE}`);
    return new S3Location(bucket, slash < 0 ? "" : rest.slice(slash + 1));
  }

  /** The path of an object, from which `parse` gives the bucket and the key again. */
  pathOf(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }
}
