// The command line of `expedite render`.
import { Command, Option } from "commander";
import { clusterDomain, print, repeatable, warn } from "../command-line.ts";
import type { RenderOptions } from "./render.ts";

export function renderCommand(): Command {
  return new Command("render")
    .description("Render the configuration of proxies or links from files of Kubernetes objects.")
    .requiredOption(
      "-f, --file <path>",
      "A YAML or JSON file, or a folder of them; repeatable. The mesh config comes from a ConfigMap named istio in it (default: Istio's defaults).",
      repeatable,
    )
    .addOption(
      new Option(
        "--target <target>",
        "envoy: a bootstrap for each pod. istio: the objects that the controller would write. node: a program for each link.",
      )
        .choices(["envoy", "istio", "node"])
        .makeOptionMandatory(),
    )
    .requiredOption(
      "-o, --output <folder>",
      "The folder for <namespace>.<pod>.json, <object>.yaml or <link>.<namespace>.<pod>.json.",
    )
    .option("--filter <path>", "The filter's Wasm module, by the path that Envoy loads (default: its own).")
    .option(...clusterDomain)
    .option("--json", "Print the files written and the warnings as JSON.")
    .action(async (options: RenderOptions & { json?: boolean }) => {
      const { render } = await import("./render.ts");
      const rendered = render(options);
      warn(rendered.warnings);
      print(options.json, rendered, rendered.files.join("\n") || "There is nothing to write.");
    });
}
