// Checks whether clusters can run in kind on Docker, and runs programs that use them, outside the private namespaces.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { run, SetupError } from "./step.mjs";

const needs = [
  {
    program: "docker",
    args: ["info"],
    wayOut: "Install Docker, start it, and let yourself use it: https://docs.docker.com/engine/install/",
  },
  {
    program: "kind",
    args: ["version"],
    wayOut: "Install kind 0.29 or later: https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
  },
];

/** @throws SetupError that says which of Docker and kind does not work, why, and what to do */
export async function checkKind() {
  for (const { program, args, wayOut } of needs)
    await run(program, args).catch((error) => {
      const reason = error.code === "ENOENT" ? `there is no program ${program}` : error.message;
      throw new SetupError(
        `--kind: ${reason}\n${wayOut}\nOr omit --kind: the tests then make their own nodes, without Docker.`,
      );
    });
}

/** Runs the command on this terminal, because Docker's network is the machine's. Resolves with its exit code (128 + n after signal n). */
export function runHere([program, ...args], env) {
  const child = spawn(program, args, {
    stdio: "inherit",
    env: { ...process.env, ...env, PATH: `${env.PATH}:${process.env.PATH}` },
  });
  process.on("SIGINT", () => {}); // the child gets the signal from the terminal and deletes its cluster
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
