// Reads the same settings as pip: the package index, the proxy and the certificates, from pip's files and its environment variables.
import { existsSync, readFileSync } from "node:fs";
import { devNull, homedir } from "node:os";
import { join } from "node:path";

/** pip's default without a configured index: that of Python's own packages. No other place names it. */
const pipsDefault = `https://${["pypi", "org"].join(".")}/simple`;

/** pip's files; later ones win: https://pip.pypa.io/en/stable/topics/configuration/ */
function files(env) {
  const own = env.PIP_CONFIG_FILE;
  if (own === devNull) return [];
  const shared = (env.XDG_CONFIG_DIRS || "/etc/xdg").split(":").map((folder) => join(folder, "pip/pip.conf"));
  const home = env.HOME || homedir();
  const user = [join(home, ".pip/pip.conf"), join(env.XDG_CONFIG_HOME || join(home, ".config"), "pip/pip.conf")];
  return [
    ...[...shared, "/etc/pip.conf"],
    ...(own && existsSync(own) ? [] : user),
    ...(env.VIRTUAL_ENV ? [join(env.VIRTUAL_ENV, "pip.conf")] : []),
    ...(own ? [own] : []),
  ].filter(existsSync);
}

/** Reads `key = value` by section as Python's configparser does: a line that begins with a space continues the value. */
function parse(text) {
  const sections = {};
  let section = {};
  let key;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const [, name] = /^\[(.+?)\]/.exec(line) ?? [];
    const [, left, right] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections[name] ??= {};
      key = undefined;
    } else if (/^\s/.test(line) && key !== undefined) section[key] += ` ${line.trim()}`;
    else if (left !== undefined) {
      key = left.toLowerCase().replaceAll("_", "-").replace(/^--/, "");
      section[key] = right.trim();
    }
  }
  return sections;
}

/** Each setting's value and source, as `pip download` uses them: the environment before the files. */
function settings(env) {
  const found = {};
  const take = (values, from) => {
    for (const [key, value] of Object.entries(values ?? {})) found[key] = { value, from: `${key} in ${from}` };
  };
  const read = files(env).map((file) => ({ file, sections: parse(readFileSync(file, "utf8")) }));
  for (const section of ["global", "download"]) for (const { file, sections } of read) take(sections[section], file);
  for (const [name, value] of Object.entries(env))
    if (name.startsWith("PIP_") && value !== "")
      found[name.slice(4).toLowerCase().replaceAll("_", "-")] = { value, from: name };
  return found;
}

/** @returns the indexes to ask, in order, each with the setting that names it; pip's proxy and certificates, or undefined */
export function pipConfig(env = process.env) {
  const found = settings(env);
  const list = (setting) =>
    (setting?.value ?? "")
      .split(/\s+/)
      .filter((url) => url !== "")
      .map((url) => ({ url, from: setting.from }));
  const main = list(found["index-url"] ?? { value: pipsDefault, from: "pip's default" });
  const isOff = /^(1|true|yes|on)$/i.test(found["no-index"]?.value ?? "");
  return {
    indexes: isOff ? [] : [...main, ...list(found["extra-index-url"])],
    noIndex: isOff ? found["no-index"].from : undefined,
    proxy: found.proxy?.value,
    cert: found.cert?.value.replace(/^~(?=\/)/, env.HOME || homedir()),
  };
}
