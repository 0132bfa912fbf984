// Runs one reconcile in a process that kills itself with SIGKILL after a given number of its commands have changed something: HOST FOLDER
// NUMBER.
import { nodeReconciler } from "../src/agent/reconcile-node.ts";
import { inNamespace, type Run } from "../src/node/namespace.ts";
import { desired } from "./agent-node.ts";

const [hostName, folder = "", number] = process.argv.slice(2);
let left = Number(number);

const killing =
  (run: Run): Run =>
  async (command, args, input) => {
    const isChange = input !== undefined || args.some((arg) => arg.startsWith("write_line\n"));
    if (isChange && left-- === 0) process.kill(process.pid, "SIGKILL");
    return run(command, args, input);
  };

const reconcile = nodeReconciler({
  host: killing(inNamespace(hostName)!),
  folder,
  interval: 60_000,
  enter: (name, below) => {
    const run = inNamespace(name, below);
    return run === undefined ? undefined : killing(run);
  },
});
await reconcile(desired());
