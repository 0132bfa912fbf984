// Reads the speed of a hardware device from sysfs. Virtual devices have none: a veth always reports 10 Gbit/s.
import { existsSync, readFileSync } from "node:fs";

/** In bit/s; undefined if the device is virtual, its link is down, or its driver does not report it. */
export function deviceSpeed(device: string, sysfs = "/sys/class/net"): number | undefined {
  if (!existsSync(`${sysfs}/${device}/device`)) return undefined;
  try {
    const megabits = Number(readFileSync(`${sysfs}/${device}/speed`, "utf8"));
    return megabits > 0 ? megabits * 1e6 : undefined;
  } catch {
    // EINVAL: the link is down.
    return undefined;
  }
}
