// Finds the device that a node program is for in a network namespace, or reports why there is none.
import type { Inactive } from "../core/link-state.ts";
import type { NodeProgram } from "../render/node/node-program.ts";
import { CommandError, type Run } from "./namespace.ts";

/** The kernel allows more characters, including quotes. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

type Link = { readonly ifname: string };
export type FoundDevice = { readonly device: string } | Inactive;

export async function findDevice(run: Run, program: NodeProgram): Promise<FoundDevice> {
  const device = program.device ?? (await defaultRouteDevice(run));
  if (device !== undefined && !plainName.test(device))
    return notFound(`device: "${device}" is the default route's, and its name is not one that tc and nft read`);
  if (device === undefined) return notFound("device: is not set, and there is no default route to take it from");
  try {
    // An alternative name also leads to the device, but rules know it by its first name.
    const [link] = JSON.parse(await run("ip", ["-j", "link", "show", "dev", device])) as readonly Link[];
    return { device: link?.ifname ?? device };
  } catch (error) {
    if (error instanceof CommandError && error.stderr.includes("does not exist"))
      return notFound(`device: "${device}" does not exist; there are: ${(await devices(run)).join(", ")}`);
    throw error;
  }
}

function notFound(problem: string): Inactive {
  return { reason: "DeviceNotFound", problem };
}

async function devices(run: Run): Promise<string[]> {
  const links = JSON.parse(await run("ip", ["-j", "link", "show"])) as readonly Link[];
  return links.map((link) => link.ifname);
}

async function defaultRouteDevice(run: Run): Promise<string | undefined> {
  for (const family of ["-4", "-6"]) {
    const text = await run("ip", ["-j", family, "route", "show", "default"]);
    const [route] = JSON.parse(text || "[]") as readonly { readonly dev?: string }[];
    if (route?.dev !== undefined) return route.dev;
  }
  return undefined;
}
