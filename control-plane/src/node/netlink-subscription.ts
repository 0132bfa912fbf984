// Finds out whether a program receives the kernel's events: `ip monitor` and `tc monitor` do not say when they begin to.
import { readdir, readFile, readlink } from "node:fs/promises";

/**
 * Whether one of the process's netlink sockets in this network namespace is in a multicast group (netlink(7); the columns of
 * /proc/net/netlink are Groups, a hexadecimal mask, and Inode). False if the process has ended.
 */
export async function isSubscribed(pid: number): Promise<boolean> {
  const sockets = await socketsOf(pid);
  const [, ...rows] = (await readFile("/proc/net/netlink", "utf8")).trim().split("\n");
  return rows.some((row) => {
    const columns = row.trim().split(/\s+/);
    return Number.parseInt(columns[3]!, 16) !== 0 && sockets.has(`socket:[${columns[9]}]`);
  });
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  // A file may be closed meanwhile.
  return new Set(await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => ""))));
}
