// Makes service names resolve: mounts a hosts file over /etc/hosts, in this mount namespace only.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../../process/command.ts";
import { services } from "./topology.ts";

const target = "/etc/hosts";

/** @throws CommandError if this process may not mount */
export async function mountHostsFile(folder: string): Promise<void> {
  const file = join(folder, "hosts");
  const names = services.map(({ name, clusterIP }) => `${clusterIP} ${name}`);
  writeFileSync(file, `${["127.0.0.1 localhost", ...names].join("\n")}\n`);
  await command("mount", ["--bind", file, target]);
}

export async function unmountHostsFile(): Promise<void> {
  await command("umount", [target]);
}
