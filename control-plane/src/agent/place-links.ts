// Finds which link of a namespace gets which device, or why it can get none. Pure, but for `speedOf`.
import type { Inactive } from "../core/link-state.ts";
import { rateRefusal, refusal } from "../node/changes.ts";
import type { deviceSpeed } from "../node/device-speed.ts";
import type { DeviceProgram } from "../node/differences.ts";
import { queueOf } from "../node/queue.ts";
import type { NamespaceState } from "../node/read-namespace.ts";
import type { DesiredLink } from "./desired-node.ts";

/** `hasSysfs`: whether sysfs belongs to this namespace. */
type Wanted = { readonly links: readonly DesiredLink[]; readonly hasSysfs: boolean };

/** The device of each link, or why the link cannot be active. The first link that asks for a device gets it. */
export function placeLinks(
  { links, hasSysfs }: Wanted,
  state: NamespaceState,
  speedOf: typeof deviceSpeed,
): readonly (DeviceProgram | Inactive)[] {
  const owners = new Map<string, string>();
  return links.map(({ link, program }, index) => {
    const found = state.found[index]!;
    if ("reason" in found) return found;
    const { device } = found;
    const owner = owners.get(device);
    if (owner !== undefined)
      return { reason: "DeviceShared", problem: `device: "${device}" is link ${owner}'s already; select another` };
    const tooFast = rateRefusal(program, device, hasSysfs ? speedOf(device) : undefined);
    if (tooFast !== undefined) return tooFast;
    owners.set(device, link);
    return refusal(program, device, queueOf(state, device).root) ?? { program, device };
  });
}
