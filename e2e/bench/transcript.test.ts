// The bench knows which host calls the filter makes for its requests, and has a price for each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { calls } from "./calls.ts";
import { sharesOf } from "./shares.ts";
import { transcripts } from "./transcript.ts";
import { variants } from "./variants.ts";

test("transcript: inbound stores one id or two, outbound finds one and writes the level", () => {
  const all = transcripts();
  const stores = (name: string): number | undefined =>
    all.get(name)?.filter((call) => call === "proxy_set_shared_data").length;
  assert.deepEqual(["inbound", "inbound-2-ids", "outbound"].map(stores), [1, 2, 0]);
  assert.ok(all.get("outbound")?.includes("proxy_replace_header_map_value"));
});

test("transcript: every host call of every variant has a price", () => {
  const all = variants();
  const nothing = { value: 1, low: 1, high: 1 };
  const priced = calls.map(({ name }) => ({ name, nanoseconds: nothing }));
  const shares = sharesOf({ variants: all, transcripts: transcripts(), results: [], priced });
  for (const { name, parts } of shares)
    for (const [part, micros] of parts)
      if (calls.some((call) => call.name === part)) assert.ok(micros > 0, `${name}: ${part}`);
});
