// Implements `--keep`: leaves one arm's testbed up until Ctrl-C, and prints how to enter it.
import { readFileSync } from "node:fs";
import { directTarget, type Site } from "./site/site.ts";
import { raiseTestbed, type TestbedPlan } from "./site/testbed.ts";
import { bottleneckPod, client, gateway, gatewayPort, netnsOf } from "./site/topology.ts";

/** Whether this is an ordinary user's namespace, in which only uid 0 is mapped (user_namespaces(7)). */
const inUserNamespace = (): boolean => !readFileSync("/proc/self/uid_map", "utf8").includes("4294967295");

/** How to enter this process's namespaces from another terminal. The setup passes this process's pid as seen outside. */
function enter(): string {
  const user = inUserNamespace() ? "--preserve-credentials -U " : "";
  return `nsenter ${user}-m -n -p -t ${process.env.EXPEDITE_OUTSIDE_PID ?? "$(pgrep -f e2e/lab/main.ts)"}`;
}

/** What is worth looking at, in a newcomer's order. */
function tour({ arm }: TestbedPlan): readonly (readonly [string, string])[] {
  const inside = (name: string): string => `ip netns exec ${netnsOf(name)}`;
  const url = arm.mesh ? `http://${gateway.address}:${gatewayPort}` : directTarget;
  return [
    ["a person's request", `${inside(client.name)} curl -i ${url}/productpage`],
    ["an export", `${inside(client.name)} curl -i ${url}/export`],
    ["the queues of the bottleneck", `${inside(bottleneckPod)} tc -s class show dev eth0`],
    ["bytes by class, both directions", `${inside(bottleneckPod)} nft list counters`],
    ["what marks and orders packets", `${inside(bottleneckPod)} nft list ruleset`],
    ["connections and their queues", `${inside(bottleneckPod)} ss -tin`],
  ];
}

/** Never resolves: a signal ends the process, and its namespaces with it. */
export async function keepUp(plan: TestbedPlan, site: Site): Promise<never> {
  await raiseTestbed(plan, site);
  const width = Math.max(...tour(plan).map(([what]) => what.length));
  console.log(
    [
      `The arm ${plan.arm.name} stays up until Ctrl-C. Enter it from another terminal:`,
      "",
      `  ${enter()} bash`,
      "",
      "There:",
      ...tour(plan).map(([what, how]) => `  ${what.padEnd(width)}  ${how}`),
      "",
    ].join("\n"),
  );
  return new Promise(() => setInterval(() => {}, 1 << 30));
}
