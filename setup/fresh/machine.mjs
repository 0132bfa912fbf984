// Makes a machine as its installer leaves it: Debian's or Ubuntu's smallest system (debootstrap's minbase) in a folder, plus Node.
import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { path } from "../private.mjs";
import { run, SetupError } from "../step.mjs";
import { unpackPackages } from "../tools/apt.mjs";
import { findProgram } from "../tools/tools.mjs";
import { pipConfig } from "../wheel/pip-config.mjs";

const env = { ...process.env, PATH: path };

/** Settings of this machine that a newcomer's machine has too: how to reach the network. */
async function networkSettings() {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  const [index] = pipConfig().indexes;
  return {
    ...Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]])),
    npm_config_update_notifier: "false",
    npm_config_registry: (await run("npm", ["config", "get", "registry"])).trim(),
    ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: "/etc/extra-certificates.pem" } : {}),
    ...(index === undefined ? {} : { PIP_INDEX_URL: index.url }),
  };
}

/** The release's main archive, at the address in this machine's apt settings. */
async function mirror() {
  const [, release] = /^VERSION_CODENAME="?(\w+)/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
  const format = ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Identifier: Packages"];
  const targets = (await run("apt-get", format)).split("\n").map((line) => line.split(" "));
  const [uri] = targets.find(([, name, component]) => name === release && component === "main") ?? [];
  if (uri === undefined) throw new SetupError(`apt names no source of ${release}, component main.`);
  return { uri, release };
}

/** debootstrap is a script: if it is not installed, it can run from its package. */
async function debootstrap(folder, say) {
  if (findProgram("debootstrap", path) !== undefined) return { program: "debootstrap", env };
  await unpackPackages(["debootstrap"], folder, say);
  const root = join(folder, "root");
  return {
    program: join(root, "usr/sbin/debootstrap"),
    env: { ...env, DEBOOTSTRAP_DIR: `${root}/usr/share/debootstrap` },
  };
}

/** Copies Node with npm and npx, and nothing else from this machine. */
async function putNode(root) {
  const npm = dirname(dirname(realpathSync(findProgram("npm", path))));
  mkdirSync(join(root, "usr/local/lib"), { recursive: true });
  cpSync(realpathSync(process.execPath), join(root, "usr/local/bin/node"));
  cpSync(npm, join(root, "usr/local/lib/npm"), { recursive: true });
  for (const name of ["npm", "npx"]) {
    const script = `#!/bin/sh\nexec node /usr/local/lib/npm/bin/${name}-cli.js "$@"\n`;
    writeFileSync(join(root, "usr/local/bin", name), script, { mode: 0o755 });
  }
}

/**
 * @param wanted a release; undefined for that of this machine
 * @returns the machine's root folder and the environment of its users
 * @throws SetupError
 */
export async function makeMachine(folder, wanted, say) {
  const { uri, release: own } = await mirror();
  const release = wanted ?? own;
  const root = join(folder, "root");
  const { program, env: withScripts } = await debootstrap(join(folder, "debootstrap"), say);
  say(`debootstrap ${release}`);
  // In a namespace of its own, because it mounts /proc in there and would leave it mounted.
  await run("unshare", ["--mount", program, "--variant=minbase", release, root, uri], { env: withScripts });
  await putNode(root);
  for (const file of ["etc/resolv.conf", "etc/hosts"]) writeFileSync(join(root, file), readFileSync(`/${file}`));
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates && existsSync(certificates))
    cpSync(realpathSync(certificates), join(root, "etc/extra-certificates.pem"));
  const proxies = (await run("apt-config", ["dump"]))
    .split("\n")
    .filter((line) => /^Acquire::https?::Proxy/i.test(line));
  writeFileSync(join(root, "etc/apt/apt.conf.d/90proxy"), `${proxies.join("\n")}\n`);
  await run("chroot", [root, "useradd", "--create-home", "--uid", "1000", "person"], { env });
  rmSync(join(folder, "debootstrap"), { recursive: true, force: true });
  return { root, network: await networkSettings() };
}

// Not chroot, because the kernel creates no user namespace for a process in a chroot.
const enter = `
mount --make-rprivate / && mount --bind "$ROOT" "$ROOT" && cd "$ROOT" &&
mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev &&
mkdir -p .old && pivot_root . .old && cd / && umount -l /.old && rmdir /.old &&
exec setpriv --reuid="$ID" --regid="$ID" --clear-groups env -i HOME="$HOME" TERM=dumb "$@"`;

export const users = {
  root: { id: 0, home: "/root", path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  person: { id: 1000, home: "/home/person", path: "/usr/local/bin:/usr/bin:/bin" },
};

/**
 * Runs a shell command as one of the users, in the checkout. Everything that it starts, mounts and listens on is gone when it ends. The
 * last line of its output is `CPU` with the user and system time that it used.
 * @param options.offline without a network; options.log: the file for its output
 * @returns its exit code
 */
export async function runInside({ root, network }, user, { command, offline = false, log }) {
  const { id, home, path: userPath } = users[user];
  const variables = Object.entries({ ...network, PATH: userPath }).map(([name, value]) => `${name}=${value}`);
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child", ...(offline ? ["--net"] : [])];
  const shell = ["bash", "-c", `TIMEFORMAT="CPU %U %S"; cd && cd expedite 2>/dev/null; time ${command}`];
  const args = ["--pdeathsig", "KILL", "unshare", ...namespaces, "sh", "-c", enter, "enter", ...variables, ...shell];
  const child = spawn("setpriv", args, {
    stdio: ["ignore", log ?? "inherit", log ?? "inherit"],
    env: { PATH: path, ROOT: root, ID: id, HOME: home },
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code));
  });
}

/** Copies this checkout's files, as git lists them, into the user's home, like a clone. */
export async function putCheckout({ root }, user, from) {
  const { id, home } = users[user];
  const to = join(root, home, "expedite");
  const names = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: from });
  for (const name of names.split("\0").filter((file) => file !== "" && existsSync(join(from, file))))
    cpSync(join(from, name), join(to, name), { recursive: true });
  chmodSync(to, 0o755);
  await run("chown", ["-R", `${id}:${id}`, to]);
}
