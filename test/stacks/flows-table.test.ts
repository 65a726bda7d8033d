import { duckdbColumns, networkActivity } from "@tributary/ocsf";
import { PrefixExpression } from "@tributary/simulator";
import { describe, expect, it } from "vitest";
import { flowsPrefix, flowsTable } from "../../stacks/flows-table.js";

describe("the flows table", () => {
  it("has the columns of the class definition, in the order of the local lake", () => {
    expect(flowsTable().columns.map(({ name }) => name)).toEqual(
      duckdbColumns(networkActivity).map(({ name }) => name),
    );
  });

  it("is partitioned by region, account and day, in lower case as the catalogue keeps them", () => {
    expect(flowsTable().partitionKeys).toEqual([
      { name: "region", type: "string" },
      { name: "accountid", type: "string" },
      { name: "eventday", type: "string" },
    ]);
  });

  it("stays within what Glue allows a column type", () => {
    for (const { name, type } of flowsTable().columns) expect(type.length, name).toBeLessThan(131_072);
  });
});

describe("the flows prefix", () => {
  it("is the Security Lake path once Firehose has filled in the partition keys", () => {
    const prefix = PrefixExpression.compile(flowsPrefix("ext/tributary/1.0", "eu-central-1"));
    const key = prefix.evaluate({
      time: 0,
      partition: { accountId: "111122223333", eventDay: "20261014" },
      randomString: () => "",
    });
    expect(key).toBe("ext/tributary/1.0/region=eu-central-1/accountId=111122223333/eventDay=20261014/");
  });
});
