// Finds the device that a node program is for among those of a network namespace, or reports why there is none. Pure.
import type { Inactive } from "../core/link-state.ts";
import type { NodeProgram } from "../render/node/node-program.ts";

/** The kernel allows more characters, including quotes. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

/** An entry of `ip -j link show`. */
export type Device = { readonly ifname: string; readonly altnames?: readonly string[] };
export type FoundDevice = { readonly device: string } | Inactive;

/** `devices`: needed for a program that names one. `byDefault`: the device of the default route. */
export function findDevice(
  { device }: Pick<NodeProgram, "device">,
  { devices, byDefault }: { readonly devices: readonly Device[]; readonly byDefault: string | undefined },
): FoundDevice {
  if (device === undefined) return ofDefaultRoute(byDefault);
  // An alternative name also leads to the device, but rules know it by its first name.
  const found = devices.find(({ ifname, altnames = [] }) => ifname === device || altnames.includes(device));
  if (found !== undefined) return readable(found.ifname, `what "${device}" leads to`);
  const there = devices.map(({ ifname }) => ifname).join(", ");
  return notFound(`device: "${device}" does not exist; there are: ${there}`);
}

function ofDefaultRoute(device: string | undefined): FoundDevice {
  if (device === undefined) return notFound("device: is not set, and there is no default route to take it from");
  return readable(device, "the default route's");
}

function readable(device: string, whose: string): FoundDevice {
  if (plainName.test(device)) return { device };
  return notFound(`device: "${device}" is ${whose}, and its name is not one that tc and nft read`);
}

function notFound(problem: string): Inactive {
  return { reason: "DeviceNotFound", problem };
}
