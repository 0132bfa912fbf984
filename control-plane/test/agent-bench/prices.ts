// Measures what single processes cost, in CPU time of this program and of what it starts: the reasons behind how the agent reads namespaces.
import { inNamespace, namespaceFile } from "../../src/node/namespace.ts";
import { readCommands } from "../../src/node/read-namespace.ts";
import { type Command, runAllIn } from "../../src/node/run-all.ts";
import type { AgentPod } from "../agent-pods.ts";
import { twoLevels } from "../two-levels.ts";
import { readUsage, usageBetween } from "./usage.ts";

export type Price = { readonly what: string; readonly millis: number };

const rounds = 3;
const listRules: Command = ["nft", "-j", "list", "table", "inet", "expedite"];

/** For each pod, in which a link must have been set up. */
export async function measurePrices(pods: readonly AgentPod[]): Promise<readonly Price[]> {
  const here = inNamespace(undefined)!;
  const read = (commands: readonly Command[]) => (): Promise<unknown> =>
    runAllIn(
      here,
      pods.map(({ netns }) => ({ file: namespaceFile(netns), commands })),
    );
  const each = (work: (pod: AgentPod) => Promise<unknown>) => async (): Promise<void> => {
    for (const pod of pods) await work(pod);
  };
  const [program, known] = [twoLevels(), { devices: ["eth0"] }];
  const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a program that does nothing", each(() => here("true", []))],
    ["the same in the pod's namespace", each(({ run }) => run("true", []))],
    ["its rules, by nft", each(({ run }) => run(...split(listRules)))],
    ["its rules, by one shell for all pods", read([listRules])],
    ["everything of a marked pod, by one shell for all", read(readCommands([], known))],
    ["everything of a pod with a link, by one shell for all", read(readCommands([program], known))],
  ];
  const prices: Price[] = [];
  for (const [what, work] of cases) {
    await work();
    const before = readUsage(process.pid);
    for (let round = 0; round < rounds; round++) await work();
    const { own, children } = usageBetween(before, readUsage(process.pid));
    prices.push({ what, millis: ((own + children) * 1000) / rounds / pods.length });
  }
  return prices;
}

const split = ([command, ...args]: Command): [string, readonly string[]] => [command, args];
