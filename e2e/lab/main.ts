// `npm run lab`: runs the paper's experiment in the private namespaces that it was started in; writes table, report and figure.
import { mkdtempSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { unwritable } from "../measure/unwritable.ts";
import { CommandError } from "../process/command.ts";
import { arms } from "./arms.ts";
import { keepUp } from "./keep.ts";
import { type Options, parseOptions } from "./options.ts";
import { playAndWrite } from "./play-and-write.ts";
import { prepare, probe } from "./prepare.ts";
import { profiles } from "./profiles.ts";
import { mountHostsFile, unmountHostsFile } from "./site/hosts-file.ts";
import { buildSite } from "./site/site.ts";

/** Printed on a signal: results are either written completely at the end or not at all. */
let state = "Nothing was written.";

/**
 * Why the lab can't start here; undefined if it can. It mounts over /etc/hosts and creates namespaces, so it runs only where nothing of the
 * machine is visible.
 */
function obstacle(options: Options): string | undefined {
  const others = Object.keys(networkInterfaces()).filter((name) => name !== "lo");
  if (others.length > 0)
    return `The lab runs in a private network namespace, and this one has ${others.join(", ")}. Start it with: npm run lab`;
  const reason = unwritable(options.json);
  return reason === undefined ? undefined : `error: --json ${options.json}: ${reason}`;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const reason = obstacle(options);
  if (reason !== undefined) {
    console.error(reason);
    process.exit(2);
  }
  const folder = mkdtempSync(join(tmpdir(), "expedite-lab-"));
  const chosen = arms.filter((arm) => options.arms.includes(arm.name));
  const skipped = await probe(chosen);
  const possible = chosen.filter((arm) => !skipped.has(arm.name));
  const planOf = await prepare(folder, possible, options);
  await mountHostsFile(folder);
  const site = await buildSite({ profile: profiles[options.profile], forward: options.forward });
  try {
    if (options.duration > 0) {
      await playAndWrite({ options, chosen, skipped, possible, planOf, site });
      state = "The results are written.";
    }
    const last = possible.at(-1);
    if (options.keep && last !== undefined) await keepUp(planOf(last), site);
  } finally {
    await site.stop();
    await unmountHostsFile();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    console.error(`\n\nStopped by ${signal}. ${state}`);
    process.exit(signal === "SIGINT" ? 130 : 143);
  });

/** A refused option or file is for the user to fix, and its message is enough. For any other error, the stack is shown. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
  console.error(error instanceof CommandError ? error.message : error);
  return 1;
}

// Nothing to wait for: applications and proxies end with this process.
await main().catch((error) => process.exit(exitCode(error)));
