// What istiod's metrics tell of the changes that it has heard of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heardChangesOf } from "./heard-changes.ts";

const metrics = (config: number): string => `# HELP pilot_inbound_updates Total number of updates received by pilot.
# TYPE pilot_inbound_updates counter
pilot_inbound_updates{type="config"} ${config}
pilot_inbound_updates{type="eds"} 9
# TYPE pilot_info gauge
pilot_info{version="1.31.0"} 1
`;

test("another change makes a difference, and nothing else", () => {
  assert.equal(heardChangesOf(metrics(4)), heardChangesOf(`${metrics(4)}pilot_k8s_cfg_events{type="Sidecar"} 1\n`));
  assert.notEqual(heardChangesOf(metrics(4)), heardChangesOf(metrics(5)));
});

test("without the metric it is not known", () => {
  assert.equal(heardChangesOf('# TYPE pilot_info gauge\npilot_info{version="1.31.0"} 1\n'), undefined);
});
