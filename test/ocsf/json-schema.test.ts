import { describe, expect, it } from "vitest";
import { schemaProblems } from "../support/document-schema.js";
import { allDocuments, defaultLine, event, only, transformOnce, wrapped } from "../support/transform-event.js";

type Json = { [name: string]: unknown };

/** A good document in which one thing is changed. */
async function broken(change: (document: Json) => void): Promise<string> {
  const document = structuredClone(only(allDocuments(await transformOnce(event(wrapped(defaultLine())))))) as Json;
  expect(schemaProblems(document)).toEqual([]);
  change(document);
  return schemaProblems(document).join("; ");
}

const inside = (document: Json, name: string): Json => document[name] as Json;

describe("the JSON Schema of Network Activity", () => {
  it.each<[string, (document: Json) => void, RegExp]>([
    ["a missing class", (d) => delete d.class_uid, /required property 'class_uid'/],
    ["a missing time", (d) => delete d.time, /required property 'time'/],
    ["a missing action_id", (d) => delete d.action_id, /required property 'action_id'/],
    ["a missing endpoint", (d) => delete d.src_endpoint, /required property 'src_endpoint'/],
    ["missing metadata", (d) => delete d.metadata, /required property 'metadata'/],
    ["missing profiles", (d) => delete inside(d, "metadata").profiles, /required property 'profiles'/],
    ["a product without vendor", (d) => delete inside(inside(d, "metadata"), "product").vendor_name, /'vendor_name'/],
    [
      "an unknown attribute",
      (d) => {
        d.enrichment = {};
      },
      /additionalProperty":"enrichment"/,
    ],
    [
      "an unknown attribute further down",
      (d) => {
        inside(d, "src_endpoint").security_groups = [];
      },
      /security_groups/,
    ],
    [
      "an unknown activity",
      (d) => {
        d.activity_id = 7;
      },
      /activity_id must be equal to one of the allowed values/,
    ],
    [
      "an unknown severity",
      (d) => {
        d.severity_id = 42;
      },
      /severity_id must be equal to one of/,
    ],
    [
      "an unknown direction",
      (d) => {
        inside(d, "connection_info").direction_id = 7;
      },
      /direction_id must be equal to one of/,
    ],
    [
      "an unknown boundary",
      (d) => {
        inside(d, "connection_info").boundary_id = 12;
      },
      /boundary_id must be equal to one of/,
    ],
    [
      "a port too high",
      (d) => {
        inside(d, "dst_endpoint").port = 65_536;
      },
      /port must be <= 65535/,
    ],
    [
      "a port below zero",
      (d) => {
        inside(d, "dst_endpoint").port = -1;
      },
      /port must be >= 0/,
    ],
    [
      "a port as text",
      (d) => {
        inside(d, "dst_endpoint").port = "443";
      },
      /port must be integer/,
    ],
    [
      "a bare MAC",
      (d) => {
        inside(d, "src_endpoint").mac = "0022480A0B0C";
      },
      /mac must match pattern/,
    ],
    [
      "an empty MAC",
      (d) => {
        inside(d, "src_endpoint").mac = "";
      },
      /mac must match pattern/,
    ],
    [
      "an empty endpoint",
      (d) => {
        d.src_endpoint = {};
      },
      /src_endpoint must have required property 'ip'/,
    ],
    [
      "an endpoint of a port alone",
      (d) => {
        d.src_endpoint = { port: 1 };
      },
      /src_endpoint must have required property/,
    ],
    [
      "an address that is none",
      (d) => {
        inside(d, "src_endpoint").ip = "host";
      },
      /ip must match pattern/,
    ],
    [
      "an address of five octets",
      (d) => {
        inside(d, "src_endpoint").ip = "10.0.0.1.2";
      },
      /ip must match pattern/,
    ],
    [
      "an octet too high",
      (d) => {
        inside(d, "src_endpoint").ip = "10.0.0.256";
      },
      /ip must match pattern/,
    ],
    [
      "a type that does not follow from class and activity",
      (d) => {
        d.type_uid = 400105;
      },
      /oneOf/,
    ],
    [
      "a caption of another activity",
      (d) => {
        d.activity_name = "Open";
      },
      /oneOf/,
    ],
    [
      "a type caption of another activity",
      (d) => {
        d.type_name = "Network Activity: Open";
      },
      /oneOf/,
    ],
    [
      "another version",
      (d) => {
        inside(d, "metadata").version = "1.0.0";
      },
      /version must be equal to constant/,
    ],
    [
      "profiles as text",
      (d) => {
        inside(d, "metadata").profiles = "cloud,datetime";
      },
      /profiles must be equal to constant/,
    ],
    [
      "other profiles",
      (d) => {
        inside(d, "metadata").profiles = ["cloud"];
      },
      /profiles must be equal to constant/,
    ],
    [
      "a number for time_dt",
      (d) => {
        d.time_dt = 1_775_154_600_000;
      },
      /time_dt must be string/,
    ],
    [
      "an offset instead of Z",
      (d) => {
        d.time_dt = "2026-04-02T18:30:00+02:00";
      },
      /time_dt must match pattern/,
    ],
    [
      "a time without zone",
      (d) => {
        d.end_time_dt = "2026-04-02T18:30:00";
      },
      /end_time_dt must match pattern/,
    ],
    [
      "a space instead of T",
      (d) => {
        d.time_dt = "2026-04-02 18:30:00Z";
      },
      /time_dt must match pattern/,
    ],
    [
      "a time as text",
      (d) => {
        d.time = "1775154600000";
      },
      /time must be integer/,
    ],
    [
      "a number for original_time",
      (d) => {
        inside(d, "metadata").original_time = 1;
      },
      /original_time must be string/,
    ],
    [
      "a counter that is no integer",
      (d) => {
        inside(d, "traffic").bytes = 1.5;
      },
      /bytes must be integer/,
    ],
    [
      "a null",
      (d) => {
        d.status_code = null;
      },
      /status_code must be string/,
    ],
    [
      "a number in unmapped",
      (d) => {
        inside(d, "unmapped").n = 1;
      },
      /unmapped\/n must be string/,
    ],
    [
      "an object in unmapped",
      (d) => {
        inside(d, "unmapped").o = {};
      },
      /unmapped\/o must be string/,
    ],
    [
      "an enrichment without data",
      (d) => {
        d.enrichments = [{ name: "a", value: "b" }];
      },
      /required property 'data'/,
    ],
    [
      "an enrichment whose data is no text",
      (d) => {
        d.enrichments = [{ name: "a", value: "b", data: {} }];
      },
      /data must be string/,
    ],
    [
      "enrichments that are no list",
      (d) => {
        d.enrichments = { name: "a", value: "b", data: "{}" };
      },
      /enrichments must be array/,
    ],
    [
      "an observable without name",
      (d) => {
        d.observables = [{ type_id: 2 }];
      },
      /required property 'name'/,
    ],
    [
      "a rule without name and uid",
      (d) => {
        d.firewall_rule = { type: "x" };
      },
      /firewall_rule must have required property 'name'/,
    ],
    [
      "a policy without name and uid",
      (d) => {
        d.authorizations = [{ policy: {} }];
      },
      /policy must have required property/,
    ],
    [
      "an account type that does not exist",
      (d) => {
        inside(inside(d, "cloud"), "account").type_id = 11;
      },
      /type_id must be equal to one of/,
    ],
    [
      "a 33-bit integer",
      (d) => {
        d.count = 2 ** 32;
      },
      /count must be <= 2147483647/,
    ],
  ])("rejects %s", async (_, change, reason) => {
    expect(await broken(change)).toMatch(reason);
  });

  it("accepts what may be absent", async () => {
    const problems = await broken((d) => {
      for (const name of [
        "status_code",
        "time_dt",
        "traffic",
        "unmapped",
        "connection_info",
        "type_name",
        "activity_name",
      ])
        delete d[name];
    });
    expect(problems).toBe("");
  });
});
