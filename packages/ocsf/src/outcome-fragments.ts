import { fieldsOf, type JsonValue } from "./json-text.js";
import { networkActivity } from "./network-activity.js";

/** OCSF activities of a flow. */
export type Activity = "Open" | "Close" | "Refuse" | "Traffic";

const ACTIVITY_IDS: Readonly<Record<Activity, number>> = { Open: 1, Close: 2, Refuse: 5, Traffic: 6 };

const rootFields = (value: { readonly [name: string]: JsonValue | undefined }): string =>
  fieldsOf(networkActivity.attributes, value);

/** `activity_id` to `severity`, which depend on the activity alone. */
export function classificationFields(activity: Activity): string {
  const id = ACTIVITY_IDS[activity];
  return rootFields({
    activity_id: id,
    activity_name: activity,
    category_uid: networkActivity.categoryUid,
    category_name: "Network Activity",
    class_uid: networkActivity.classUid,
    class_name: networkActivity.caption,
    type_uid: networkActivity.classUid * 100 + id,
    type_name: `${networkActivity.caption}: ${activity}`,
    severity_id: 1,
    severity: "Informational",
  });
}

export const CLASSIFICATION_ATTRIBUTES = [
  "activity_id",
  "activity_name",
  "category_uid",
  "category_name",
  "class_uid",
  "class_name",
  "type_uid",
  "type_name",
  "severity_id",
  "severity",
] as const;

/** `action` to `disposition_id`: true allowed, false denied, undefined where the log does not say. */
export function decisionFields(allowed: boolean | undefined): string {
  // action_id is required once the security_control profile is declared; 0 is its "not known", and has no caption in the data.
  if (allowed === undefined) return rootFields({ action_id: 0 });
  return allowed
    ? rootFields({ action: "Allowed", action_id: 1, disposition: "Allowed", disposition_id: 1 })
    : rootFields({ action: "Denied", action_id: 2, disposition: "Blocked", disposition_id: 2 });
}

export const DECISION_ATTRIBUTES = ["action", "action_id", "disposition", "disposition_id"] as const;
