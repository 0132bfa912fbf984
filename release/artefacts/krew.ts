// Writes the manifest with which krew installs the executable as `kubectl expedite`.
import { stringify } from "yaml";
import { platform } from "../images/archive.ts";
import { manifestOf } from "../package/package.ts";

/** Of the executable in the archive: kubectl runs it for `kubectl expedite`. */
export const pluginProgram = "kubectl-expedite";

export type PluginOptions = {
  /** Where the archive can be fetched. */
  readonly uri: string;
  readonly sha256: string;
};

export function pluginText({ uri, sha256 }: PluginOptions): string {
  const { version } = manifestOf();
  const { os, architecture: arch } = platform;
  return stringify(
    {
      apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
      kind: "Plugin",
      metadata: { name: "expedite" },
      spec: {
        version: `v${version}`,
        homepage: uri.replace(/\/[^/]*$/, ""),
        shortDescription: "Priority of requests in an Istio mesh",
        description:
          "Shows which level a request gets and why, what is in force in the mesh, what a change would do,\nand removes Expedite without a failed request.\n",
        platforms: [
          {
            ...{ selector: { matchLabels: { os, arch } }, uri, sha256, bin: pluginProgram },
            files: [pluginProgram, "LICENSE", "NOTICES"].map((from) => ({ from, to: "." })),
          },
        ],
      },
    },
    { lineWidth: 0 },
  );
}
