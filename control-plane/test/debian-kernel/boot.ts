// Boots a Debian kernel in qemu without hardware support, with this machine's files as its own, read-only, and runs a program of them there.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";

const repository = join(import.meta.dirname, "../../..");
const root = join(repository, ".cache/debian-kernel/root");
const libraries = ["usr/lib", "lib"].map((folder) => join(root, folder, "x86_64-linux-gnu")).join(":");
const env = { ...process.env, LD_LIBRARY_PATH: libraries };

/** For node:test's `skip`. */
export const withoutKernel: string | false =
  process.env.EXPEDITE_KERNEL === undefined || !existsSync(root)
    ? "npm run test:kernel boots a Debian kernel in an emulator, unpacked from packages (about 5 minutes)"
    : false;

/** What the first program needs to reach the machine's files. */
const needed = ["virtio_pci", "9pnet_virtio", "9p"];

/** kmod is one program, which does what its name says. @throws with what it says */
function kmod(name: "depmod" | "modprobe", ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(root, "bin/kmod"), args, { argv0: name, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return stdout;
}

/** @returns the modules' files, each after those that it needs */
function modulesOf(version: string): readonly string[] {
  kmod("depmod", "-b", root, version);
  const lines = needed.flatMap((name) =>
    kmod("modprobe", "-d", root, "-S", version, "--show-depends", name).trim().split("\n"),
  );
  return [...new Set(lines.filter((line) => line.startsWith("insmod ")).map((line) => line.split(" ")[1]!))];
}

/** Modules that are loaded on demand come from the unpacked package too. */
const inside = (command: readonly string[]): string => `#!/bin/sh
mkdir -p /run/tmp /run/netns /run/bin
ln -s ${root}/bin/kmod /run/bin/modprobe
printf '#!/bin/sh\\nLD_LIBRARY_PATH=${libraries} exec /run/bin/modprobe -d ${root} "$@"\\n' > /run/modprobe
chmod +x /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run/tmp
ip link set lo up
cd ${repository}
${command.map((word) => `'${word}'`).join(" ")} 2>&1
echo o > /proc/sysrq-trigger
sleep 60
`;

const init = (modules: readonly string[]): string => `#!/bin/busybox sh
export PATH=/bin
busybox mount -t devtmpfs none /dev
busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
for module in ${modules.map((file) => basename(file)).join(" ")}; do busybox insmod /$module; done
busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 root /host || busybox poweroff -f
busybox mount -t tmpfs none /host/run
busybox cp /inside /host/run/inside
for folder in dev proc sys; do busybox mount --move /$folder /host/$folder; done
exec busybox switch_root /host /bin/sh /run/inside
`;

/** @returns what the program wrote to its standard output and standard error, and the kernel to its console */
export async function runInGuest(command: readonly string[], seconds: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "guest-"));
  try {
    const [version = ""] = readdirSync(join(root, "lib/modules"));
    const disk = join(folder, "disk");
    for (const name of ["bin", "dev", "proc", "sys", "host"]) mkdirSync(join(disk, name), { recursive: true });
    const modules = modulesOf(version);
    for (const file of modules) copyFileSync(file, join(disk, basename(file)));
    copyFileSync(join(root, "bin/busybox"), join(disk, "bin/busybox"));
    writeFileSync(join(disk, "init"), init(modules), { mode: 0o755 });
    writeFileSync(join(disk, "inside"), inside(command));
    const archive = join(folder, "initrd");
    const pack = `find . | bin/busybox cpio -o -H newc > ${archive}`;
    execFileSync("sh", ["-c", pack], { cwd: disk, stdio: ["ignore", "ignore", "pipe"] });
    return await emulate(version, archive, seconds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function emulate(version: string, archive: string, seconds: number): Promise<string> {
  const firmware = ["qemu", "seabios"].flatMap((name) => ["-L", join(root, "usr/share", name)]);
  const machine = ["-machine", "q35", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1", "-m", "1024"];
  const ends = ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"];
  const files = "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap";
  const kernel = ["-kernel", join(root, `boot/vmlinuz-${version}`), "-initrd", archive];
  const args = [...firmware, ...machine, ...ends, "-virtfs", files, ...kernel];
  const child = spawn(join(root, "usr/bin/qemu-system-x86_64"), [...args, "-append", "console=ttyS0 quiet panic=-1"], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  return text(child.stdout);
}
