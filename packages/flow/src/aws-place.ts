const ACCOUNT_ID = /^\d{12}$/;
// `eusc-de-east-1` is the European Sovereign Cloud, `us-isob-east-1` one of the secret ones.
const REGION_BEGINNING = /^[a-z]{2,4}(?:-[a-z]{2,16}){1,3}-\d{1,2}(?!\d)/;

/** Whether this is the id of an AWS account, 12 digits. Nothing else may stand where an account names a file or a partition. */
export function isAccountId(value: unknown): value is string {
  return typeof value === "string" && ACCOUNT_ID.test(value);
}

/** Whether this is the name of an AWS region, known or new: `eu-central-1`, `us-gov-west-1`. */
export function isRegion(value: unknown): value is string {
  return typeof value === "string" && regionAtStart(value) === value;
}

/** The region that a zone's name begins with, or that the text is; undefined if there is none. */
export function regionAtStart(text: string): string | undefined {
  return REGION_BEGINNING.exec(text)?.[0];
}
