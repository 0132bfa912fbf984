// Which programs are used from the machine, which are unpacked, and the message if neither is possible.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { path as machinePath } from "../private.mjs";
import { run } from "../step.mjs";
import { unpackPackages } from "./apt.mjs";
import { bringTools, checkPrograms, findProgram, requireTools } from "./tools.mjs";
import { wrap } from "./wrapper.mjs";

const folder = mkdtempSync(join(tmpdir(), "tools-"));
after(() => rmSync(folder, { recursive: true }));
const withoutApt = findProgram("apt-get", machinePath) === undefined && "this machine has no apt";

let machines = 0;
/** A folder of programs that print these lines, and a checkout next to it. */
function machine(programs) {
  const path = join(folder, `machine-${++machines}`, "bin");
  mkdirSync(path, { recursive: true });
  for (const [name, line] of Object.entries(programs))
    writeFileSync(join(path, name), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
  return { path, root: join(path, "../checkout") };
}

const iproute2 = (version) => ({
  ip: `ip utility, iproute2-${version}, libbpf 1.1.0`,
  tc: `tc utility, iproute2-${version}, libbpf 1.1.0`,
  ss: `ss utility, iproute2-${version}`,
});
const all = {
  ...iproute2("6.1.0"),
  nft: "nftables v1.0.6 (Lester Gooch #5)",
  openssl: "OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)",
};

test("programs on the machine that are recent enough are used", async () => {
  for (const [version, nft] of [
    ["6.1.0", "1.0.6"],
    ["5.10.0", "1.1"],
    ["ss210101", "1.0.2"],
    ["10.0", "1.0.2"],
  ]) {
    const { root, path } = machine({ ...all, ...iproute2(version), nft: `nftables v${nft} (Topsy)` });
    assert.equal(await bringTools(root, path), "");
    assert.equal(await requireTools(path), "");
    assert.ok(!existsSync(root));
  }
});

const { nft: _, ...withoutNft } = all;
const refused = [
  {
    name: "an old nft",
    has: { ...all, nft: "nftables v0.9.8" },
    says: /^Missing: nft 1\.0\.2 or later \(.*nft is 0\.9\.8\)/,
  },
  {
    name: "nothing, and no apt",
    has: {},
    says: /^Missing: ip, tc, ss, nft, openssl\. There is no apt here .* Install with your .*: iproute2, nftables, openssl$/,
  },
  {
    name: "Fedora without nft",
    has: { ...withoutNft, dnf: "" },
    says: /^Missing: nft\. .* Install it as root: dnf install nftables$/,
  },
  {
    name: "an old iproute2",
    has: { ...all, ...iproute2("4.20.0") },
    says: /^Missing: ip 5\.9 or later \(.*\/bin\/ip is 4\.20\.0\), tc 5\.9/,
  },
  {
    name: "an nft that fails",
    has: { ...all, nft: "oops" },
    says: /^Missing: nft \(.*\/bin\/nft does not report its version\)/,
  },
];

for (const { name, has, says } of refused)
  test(`refused: ${name}`, async () => {
    const { root, path } = machine(has);
    await assert.rejects(bringTools(root, path), { message: says });
  });

test("a cluster uses only what is installed", async () => {
  await assert.rejects(requireTools(machine(withoutNft).path), {
    message: "Missing: nft. Install with your distribution's package manager: nftables",
  });
});

test("refused: a machine without the programs that every Linux has", () => {
  const { path } = machine({ unshare: "", mount: "" });
  assert.throws(() => checkPrograms(path), { message: /^Missing: setpriv, nsenter\. .*apt install util-linux / });
});

/** Runs `work` while apt uses this source instead of the machine's own. */
async function withSource(source, work) {
  const [file, list] = [join(folder, "settings.conf"), join(folder, "sources.list")];
  writeFileSync(list, `${source}\n`);
  writeFileSync(file, `Dir::Etc::SourceList "${list}";\nDir::Etc::SourceParts "/dev/null";\n`);
  process.env.APT_CONFIG = file;
  try {
    return await work();
  } finally {
    delete process.env.APT_CONFIG;
  }
}

test("refused: apt without a reachable source; no draft is left", { skip: withoutApt }, async () => {
  const { root, path } = machine(withoutNft);
  for (const name of ["apt-get", "dpkg-deb"]) symlinkSync(findProgram(name, machinePath), join(path, name));
  await withSource("deb http://127.0.0.1:1/debian stable main", () =>
    assert.rejects(bringTools(root, path), {
      message:
        /^Missing: nft, and apt could not fetch it:\n[EW]: .*127\.0\.0\.1.*[\s\S]*http_proxy.*Install it as root: apt install/,
    }),
  );
  assert.deepEqual(readdirSync(join(root, ".cache/tools"), { recursive: true }).length, 1);
});

/** A source in a folder, with one unsigned package that contains this machine's echo. */
async function source() {
  const [tree, repository] = [join(folder, "tree"), join(folder, "repository")];
  for (const path of [join(tree, "DEBIAN"), join(tree, "usr/bin"), repository]) mkdirSync(path, { recursive: true });
  const control = "Package: expedite-echo\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: echo\n";
  writeFileSync(join(tree, "DEBIAN/control"), control);
  await run("cp", [realpathSync(findProgram("echo", machinePath)), join(tree, "usr/bin/echo")]);
  await run("dpkg-deb", ["--build", "--root-owner-group", tree, join(repository, "echo.deb")]);
  const described = (name) => {
    const bytes = readFileSync(join(repository, name));
    return { sum: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
  };
  const { sum, size } = described("echo.deb");
  writeFileSync(join(repository, "Packages"), `${control}Filename: ./echo.deb\nSize: ${size}\nSHA256: ${sum}\n`);
  const list = described("Packages");
  writeFileSync(join(repository, "Release"), `Suite: ours\nSHA256:\n ${list.sum} ${list.size} Packages\n`);
  return repository;
}

test("a package is unpacked and its program runs; unsigned or changed, it is refused", {
  skip: withoutApt,
}, async () => {
  const repository = await source();
  const to = (name) => join(folder, name);
  await withSource(`deb copy:${repository} ./`, () =>
    assert.rejects(
      unpackPackages(["expedite-echo"], to("unsigned"), () => {}),
      { message: /not signed/ },
    ),
  );
  const told = [];
  await withSource(`deb [trusted=yes] copy:${repository} ./`, () =>
    unpackPackages(["expedite-echo"], to("trusted"), (text) => told.push(text)),
  );
  assert.deepEqual(told, ["package lists", "packages", "unpacked from 1 packages"]);
  assert.deepEqual(readdirSync(to("trusted")), ["root"]);
  wrap(to("trusted"), "echo");
  assert.equal(await run(join(to("trusted"), "bin/echo"), ["a b", "$c"]), "a b $c\n");
  assert.throws(() => wrap(to("trusted"), "tc"), { message: "the packages contain no tc" });

  appendFileSync(join(repository, "echo.deb"), "more");
  await withSource(`deb [trusted=yes] copy:${repository} ./`, () =>
    assert.rejects(
      unpackPackages(["expedite-echo"], to("changed"), () => {}),
      { message: /^E: / },
    ),
  );
});
