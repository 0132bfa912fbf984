// Runs the agent's program on a test node: in the host's namespace, next to an API server that it reaches through a link of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inNamespace } from "../src/node/namespace.ts";
import { type AgentNode, agentNode } from "./agent-node.ts";
import { type KubeApi, kubeApi } from "./kube-api.ts";
import { makeServiceAccount } from "./service-account.ts";

export type RunningAgent = {
  readonly process: ChildProcess;
  /** Everything that it logged, parsed. */
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
  /** Resolves with the first matching entry after `since`; fails if the program ends before that. */
  readonly logged: (message: string, since?: number) => Promise<Readonly<Record<string, unknown>>>;
  /** Sends a GET to a path of its HTTP server. */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
};

export type ProgramNode = AgentNode & {
  readonly api: KubeApi;
  readonly start: (args?: readonly string[]) => RunningAgent;
};

type ProgramOptions = {
  /** Absent: the agent's sources. */
  readonly script?: string;
  /** Further variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it connects as in a pod, and not by a kubeconfig, which takes far more memory. */
  readonly hasAccount?: boolean;
};

const program = join(import.meta.dirname, "../src/agent.ts");
export const nodeName = "n1";
/** Milliseconds after which a test gives up, on a busy machine. */
const patience = 60_000;

export async function programNode(
  name: string,
  { script = program, environment = {}, hasAccount = false }: ProgramOptions = {},
): Promise<ProgramNode> {
  const node = await agentNode(name);
  const here = inNamespace(undefined)!;
  const hostName = `xp-${name}-h`;
  const device = `xp-${name}`;
  // Tests of several files run concurrently in one namespace.
  const subnet = `10.98.${process.pid % 250}`;
  await here("ip", ["link", "add", device, "type", "veth", "peer", "name", "api0", "netns", hostName]);
  await here("ip", ["address", "add", `${subnet}.1/30`, "dev", device]);
  await here("ip", ["link", "set", device, "up"]);
  await node.host("ip", ["address", "add", `${subnet}.2/30`, "dev", "api0"]);
  for (const one of ["lo", "api0"]) await node.host("ip", ["link", "set", one, "up"]);
  const api = await kubeApi(`${subnet}.1`, hasAccount ? makeServiceAccount(`${subnet}.1`) : undefined);
  const { hostname, port: apiPort } = new URL(api.url);
  const account = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: apiPort };
  const folder = mkdtempSync(join(tmpdir(), "expedite-agent-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: api.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
    }),
  );
  const running = new Set<RunningAgent>();
  let nextPort = 9874;
  return {
    ...node,
    api,
    start: (args = []) => {
      const port = nextPort++;
      const own = [
        "--node",
        nodeName,
        "--namespaces",
        node.there.folder,
        ...(hasAccount ? [] : ["--kubeconfig", kubeconfig]),
        "--port",
        `${port}`,
      ];
      const inside = [`--net=/run/netns/${hostName}`, process.execPath, script, ...own, ...args];
      const child = spawn("nsenter", inside, {
        env: { ...process.env, ...environment, ...(hasAccount ? account : {}) },
      });
      const agent = runningAgent(child, `http://${subnet}.2:${port}`);
      running.add(agent);
      return agent;
    },
    remove: async () => {
      for (const agent of running) await agent.end("SIGKILL");
      await api.close();
      rmSync(folder, { recursive: true });
      // Explicitly: programs that a killed agent started may keep the host's namespace, and with it this device, for a while.
      await here("ip", ["link", "delete", device]);
      await node.remove();
    },
  };
}

function runningAgent(child: ChildProcess, url: string): RunningAgent {
  let text = "";
  let hasEnded = false;
  child.stdout!.on("data", (part: Buffer) => {
    text += part.toString();
  });
  child.stderr!.on("data", (part: Buffer) => {
    text += `${JSON.stringify({ stderr: part.toString() })}\n`;
  });
  const ended = once(child, "close").then(() => {
    hasEnded = true;
  });
  const log = (): readonly Readonly<Record<string, unknown>>[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    process: child,
    log,
    logged: async (message, since = 0) => {
      for (const end = Date.now() + patience; ; ) {
        if (Date.now() > end) throw new Error(`the agent has not logged "${message}": ${text}`);
        const found = log()
          .slice(since)
          .find(({ msg }) => msg === message);
        if (found !== undefined) return found;
        if (hasEnded) throw new Error(`the agent ended before it logged "${message}": ${text}`);
        await sleep(20);
      }
    },
    get: async (path) => {
      for (const end = Date.now() + patience; ; ) {
        try {
          const answer = await fetch(url + path);
          return { status: answer.status, text: await answer.text() };
        } catch (error) {
          if (hasEnded || Date.now() > end) throw new Error(`the agent does not listen: ${text}`, { cause: error });
          // It does not listen yet.
          await sleep(50);
        }
      }
    },
    end: async (signal = "SIGTERM") => {
      child.kill(signal);
      await ended;
    },
  };
}
