// Checks the folder that --namespaces names.
import { existsSync } from "node:fs";
import { namespacesFolder } from "../../node/namespace.ts";
import { UserError } from "../user-error.ts";

/** @throws UserError for a relative path, and for one that names nothing: commands would then find no pods and seem to succeed */
export function checkNamespaces(folder: string): void {
  if (!folder.startsWith("/")) throw new UserError([`--namespaces: "${folder}" is not an absolute path`]);
  if (folder !== namespacesFolder && !existsSync(folder))
    throw new UserError([`--namespaces: ${folder} does not exist; container runtimes use ${namespacesFolder}`]);
}
