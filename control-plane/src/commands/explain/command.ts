// The command line of `expedite explain`.
import { Command } from "commander";
import { clusterDomain, print, repeatable } from "../command-line.ts";
import type { ExplainOptions } from "./explain-request.ts";

const examples = `
Examples:
  expedite explain -f policy.yaml --path /export/all
  expedite explain -f policies/ --host shop.example --header 'user-agent: somebot/1.0'
  expedite explain -f policies/ --policy shop/cart --principal cluster.local/ns/jobs/sa/nightly --json
  expedite explain -f policy.yaml --claim plan=free --claim 'groups=["staff"]'`;

export function explainCommand(): Command {
  return new Command("explain")
    .description("Explain which level a request gets: which rule matches, and why the rules before it do not.")
    .requiredOption("-f, --file <path>", "A YAML or JSON file, or a folder of them; repeatable.", repeatable)
    .option("--method <method>", "The request's method.", "GET")
    .option("--path <path>", "The request's path, with its query.", "/")
    .option("--host <host>", "The request's host (default: a host of the policy, or localhost).")
    .option("--header <name: value>", "A header of the request; repeatable.", repeatable)
    .option("--principal <id>", "The SPIFFE id in the peer's certificate (default: no certificate).")
    .option("--claim <name=value>", "A claim of the verified token, as JSON or text; repeatable.", repeatable)
    .option("--policy <namespace/name>", "The policy that is in force where the request enters (default: by the host).")
    .option("--filter <path>", "The filter's Wasm module, which answers (default: its own).")
    .option(...clusterDomain)
    .option("--json", "Print the explanation as JSON.")
    .addHelpText("after", examples)
    .action(async (options: ExplainOptions & { json?: boolean }) => {
      const [{ explainRequest }, { text }] = await Promise.all([
        import("./explain-request.ts"),
        import("./explanation/text.ts"),
      ]);
      const explanation = explainRequest(options);
      print(options.json, explanation, text(explanation, process.stdout));
    });
}
