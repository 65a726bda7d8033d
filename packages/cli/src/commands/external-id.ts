/** Where the external id of assumed roles comes from: arguments are seen by everyone on the machine. */
export const EXTERNAL_ID = "TRIBUTARY_EXTERNAL_ID";
