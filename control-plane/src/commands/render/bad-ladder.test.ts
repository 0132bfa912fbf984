// A bad PriorityLadder: one line with file, field, value and what is allowed, and nothing is written.
import { testBadInput } from "../../../test/refused.ts";

const dscps =
  "DF, LE, CS1, AF11, AF12, AF13, CS2, AF21, AF22, AF23, CS3, AF31, AF32, AF33, CS4, AF41, AF42, AF43, CS5, EF, CS6, CS7";
const inLadder = "PriorityLadder default: spec";

testBadInput([
  [
    "an unknown default level of the ladder",
    "defaultLevel: interactive",
    "defaultLevel: normal",
    `ladder.yaml:8: ${inLadder}.defaultLevel: "normal" is not one of the levels; allowed: interactive, batch`,
  ],
  [
    "a duplicate level",
    "name: batch, dscp: CS1",
    "name: interactive, dscp: CS1",
    `ladder.yaml:7: ${inLadder}.levels[1].name: "interactive" is used twice; allowed: each name once`,
  ],
  [
    "shares over 100 %",
    "- { name: interactive }",
    "- { name: interactive, minShare: 96% }",
    `ladder.yaml:5: ${inLadder}.levels: keep 101% of a link in total (minShare); allowed: at most 100%`,
  ],
  [
    "shares that leave nothing",
    "minShare: 5%",
    "minShare: 100%",
    `ladder.yaml:5: ${inLadder}.levels: leave nothing for interactive: minShare of the others is 100%`,
  ],
  [
    "an invalid share",
    "minShare: 5%",
    "minShare: half",
    `ladder.yaml:7: ${inLadder}.levels[1].minShare: "half" is not a share; allowed: 1% to 100%, e.g. 5%`,
  ],
  [
    "an invalid rate",
    "rate: 1Gbit",
    "rate: fast",
    `ladder.yaml:10: ${inLadder}.links[0].rate: "fast" is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)`,
  ],
  [
    "a rate of zero",
    "rate: 1Gbit",
    "rate: 0Gbit",
    `ladder.yaml:10: ${inLadder}.links[0].rate: "0Gbit" is not a rate; allowed: a number with a unit of tc(8), e.g. 100Mbit, 9.5Gbit (64kbit to 1.6Tbit)`,
  ],
  [
    "an unknown field",
    "minShare: 5%",
    "minshare: 5%",
    `ladder.yaml:7: ${inLadder}.levels[1].minshare: is not a field; allowed: name, dscp, minShare, congestionControl`,
  ],
  [
    "another ladder",
    "metadata: { name: default }",
    "metadata: { name: mine }",
    'ladder.yaml:3: PriorityLadder mine: metadata.name: "mine" is not allowed here; allowed: default',
  ],
  [
    "an unknown DSCP",
    "dscp: CS1",
    "dscp: CS9",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: "CS9" is not a DSCP name; allowed: ${dscps}`,
  ],
  [
    "two levels with the same DSCP",
    "- { name: interactive }",
    "- { name: interactive, dscp: CS1 }",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: "CS1" is also that of interactive; allowed: a DSCP of its own`,
  ],
  [
    "DF for a level that is not the default",
    "- { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }",
    "- { name: interactive, dscp: EF }\n    - { name: batch }",
    `ladder.yaml:7: ${inLadder}.levels[1].dscp: is DF, which unmarked packets have; allowed: DF only for interactive, the default level`,
  ],
  [
    "an invalid level name",
    "name: batch, dscp",
    "name: Batch Jobs, dscp",
    `ladder.yaml:7: ${inLadder}.levels[1].name: "Batch Jobs" must be a lower-case DNS label`,
  ],
  [
    "no levels",
    "levels:\n    - { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }\n",
    "levels: []\n",
    `ladder.yaml:5: ${inLadder}.levels: has too few entries; allowed: at least 1`,
  ],
  [
    "levels that are not a list",
    "levels:\n    - { name: interactive }\n    - { name: batch, dscp: CS1, minShare: 5% }\n",
    "levels: interactive\n",
    `ladder.yaml:5: ${inLadder}.levels: "interactive" must be a list`,
  ],
  [
    "an unknown mode",
    "spec:\n  levels",
    "spec:\n  mode: Enabled\n  levels",
    `ladder.yaml:5: ${inLadder}.mode: "Enabled" is not a mode; allowed: Disabled, Observe, Enforce`,
  ],
  [
    "a mode that YAML reads as a boolean",
    "spec:\n  levels",
    "spec:\n  mode: Off\n  levels",
    `ladder.yaml:5: ${inLadder}.mode: false is a boolean, as YAML reads Off, on, yes and no; allowed: Disabled, Observe, Enforce`,
  ],
  [
    "an unknown correlator",
    "spec:\n  levels",
    "spec:\n  correlateBy: [x-request-id, x-amzn-trace-id]\n  levels",
    `ladder.yaml:5: ${inLadder}.correlateBy[1]: "x-amzn-trace-id" is not allowed here; allowed: x-request-id, traceparent, b3, x-b3-traceid, x-datadog-trace-id, x-cloud-trace-context, grpc-trace-bin`,
  ],
  [
    "two places to read a level from",
    "spec:\n  levels",
    "spec:\n  readFrom: [{ header: x-a, baggage: a }]\n  levels",
    `ladder.yaml:5: ${inLadder}.readFrom[0]: needs exactly one of: header, tracestate, baggage`,
  ],
  [
    "a level read from the header that carries the level",
    "spec:\n  levels",
    "spec:\n  readFrom: [{ header: x-request-priority }]\n  levels",
    `ladder.yaml:5: ${inLadder}.readFrom[0].header: "x-request-priority" is the header of the level itself; allowed: another`,
  ],
  [
    "a value that means no level",
    "spec:\n  levels",
    'spec:\n  readFrom: [{ header: x-a, values: [{ value: "0", level: bulk }] }]\n  levels',
    `ladder.yaml:5: ${inLadder}.readFrom[0].values[0].level: "bulk" is not one of the levels; allowed: interactive, batch`,
  ],
  [
    "a value that means two levels",
    "spec:\n  levels",
    'spec:\n  readFrom: [{ header: x-a, values: [{ value: "0", level: batch }, { value: "0", level: interactive }] }]\n  levels',
    `ladder.yaml:5: ${inLadder}.readFrom[0].values[1].value: "0" is used twice; allowed: each name once`,
  ],
  [
    "a value that is a number",
    "spec:\n  levels",
    "spec:\n  readFrom: [{ header: x-a, values: [{ value: 0, level: batch }] }]\n  levels",
    `ladder.yaml:5: ${inLadder}.readFrom[0].values[0].value: 0 must be a string; put the value in quotes`,
  ],
  [
    "nowhere to write a level",
    "spec:\n  levels",
    "spec:\n  writeTo: {}\n  levels",
    `ladder.yaml:5: ${inLadder}.writeTo.tracestate: is required: a string`,
  ],
  [
    "an invalid member key",
    "spec:\n  levels",
    "spec:\n  writeTo: { tracestate: Expedite }\n  levels",
    `ladder.yaml:5: ${inLadder}.writeTo.tracestate: "Expedite" must be a key of lower-case letters, digits and _ - * / @`,
  ],
  [
    "a slot table of a size that is not allowed",
    "spec:\n  levels",
    "spec:\n  slotSets: 1000\n  levels",
    `ladder.yaml:5: ${inLadder}.slotSets: 1000 is not a power of two; allowed: 64, 128, … 65536`,
  ],
  [
    "a slot table too small",
    "spec:\n  levels",
    "spec:\n  slotSets: 32\n  levels",
    `ladder.yaml:5: ${inLadder}.slotSets: 32 is too small; allowed: at least 64`,
  ],
  [
    "a host by its short name",
    "spec:\n  levels",
    "spec:\n  levelClusters: { hosts: [ratings] }\n  levels",
    `ladder.yaml:5: ${inLadder}.levelClusters.hosts[0]: "ratings" is not a host's full name; allowed: e.g. ratings.shop.svc.cluster.local, or *.shop.svc.cluster.local for all of a namespace`,
  ],
  [
    "a host that is listed twice",
    "spec:\n  levels",
    "spec:\n  levelClusters: { hosts: [a.shop.svc.cluster.local, a.shop.svc.cluster.local] }\n  levels",
    `ladder.yaml:5: ${inLadder}.levelClusters.hosts[1]: "a.shop.svc.cluster.local" is used twice; allowed: each name once`,
  ],
  [
    "an empty list of hosts",
    "spec:\n  levels",
    "spec:\n  levelClusters: { hosts: [] }\n  levels",
    `ladder.yaml:5: ${inLadder}.levelClusters.hosts: has too few entries; allowed: at least 1`,
  ],
  [
    "an unknown choice",
    "rate: 1Gbit",
    "rate: 1Gbit, force: never",
    `ladder.yaml:10: ${inLadder}.links[0].force: "never" must be a boolean`,
  ],
  [
    "a pod link without selector",
    "selector: { app: web }, rate",
    "rate",
    `ladder.yaml:10: ${inLadder}.links[0].selector: is required for scope Pod: at least one label`,
  ],
  [
    "tunnels of a pod",
    "rate: 1Gbit",
    "rate: 1Gbit, markTunnels: true",
    `ladder.yaml:10: ${inLadder}.links[0].markTunnels: true does not belong to scope Pod, because tunnels begin on the node; set it on a link of scope Node`,
  ],
  [
    "text that is not YAML",
    "spec:\n  levels:",
    "spec: [\n  levels:",
    "ladder.yaml:6:5: is not YAML: Block collections are not allowed within flow collections",
  ],
]);
