// The plan of a ladder with two levels, and its node program on a link of 100 Mbit/s as render writes it, for tests to vary.
import type { EnvoyPlan, Plan } from "../src/core/plan.ts";
import type { NodeProgram } from "../src/render/node/node-program.ts";
import { renderNode } from "../src/render/node/render.ts";

export function twoLevelPlan(): EnvoyPlan {
  return {
    mode: "Enforce",
    header: "x-request-priority",
    correlateBy: ["x-request-id"],
    writeDefault: false,
    levels: [
      { name: "interactive", dscp: 0, share: 95 },
      { name: "batch", dscp: 8, share: 5 },
    ],
    defaultLevel: "interactive",
    addressFamilies: ["IPv4"],
    levelClusters: [],
    trustDomains: ["cluster.local"],
    clusterDomain: "cluster.local",
    excludedHosts: [],
    hosts: [],
    proxies: [],
    enrolments: [],
    gateways: [],
    subsetRules: [],
    links: [],
  };
}

export function twoLevels(link: Partial<Plan["links"][number]> = {}): NodeProgram {
  const links = [
    { name: "ratings", device: "eth0", rate: 100_000_000, force: false, markTunnels: false, dedicated: {}, ...link },
  ];
  return renderNode({ ...twoLevelPlan(), links })[0]!.program;
}
