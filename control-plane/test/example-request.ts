// Converts the request of a matcher's example: to explain's input, to the options of the command, and to a short text.
import type { ExampleRequest } from "@expedite/filter/config/examples/example.ts";
import type { Request } from "../src/commands/explain/explanation/request.ts";

export function requestOfExample({ headers, principal, claims }: ExampleRequest): Request {
  const pseudo = (name: string, preset: string): string => [headers[name] ?? preset].flat()[0] ?? preset;
  return {
    method: pseudo(":method", "GET"),
    path: pseudo(":path", "/"),
    host: pseudo(":authority", "shop.example.com"),
    headers: pairs(headers).filter(([name]) => options[name] === undefined),
    ...(principal === undefined ? {} : { principal }),
    ...(claims === undefined ? {} : { claims }),
  };
}

const options: Readonly<Record<string, string>> = { ":method": "--method", ":path": "--path", ":authority": "--host" };

export function commandOf({ headers, principal, claims = {} }: ExampleRequest): string[] {
  return [
    ...pairs(headers).flatMap(([name, value]) =>
      options[name] ? [options[name], value] : ["--header", `${name}: ${value}`],
    ),
    ...(principal === undefined ? [] : ["--principal", principal]),
    ...Object.entries(claims).flatMap(([name, value]) => ["--claim", `${name}=${claimText(value)}`]),
  ];
}

/** `GET shop.example.com/export user-agent: curl`, without the parts that have their defaults. */
export function describeRequest({ headers, principal, claims }: ExampleRequest): string {
  const rest = pairs(headers).filter(([name]) => options[name] === undefined);
  const line = [headers[":method"] ?? "GET", `${headers[":authority"] ?? ""}${headers[":path"] ?? "/"}`].join(" ");
  return [
    line,
    ...rest.map(([name, value]) => `${name}: ${value}`),
    ...(principal === undefined ? [] : [`peer ${principal}`]),
    ...(claims === undefined ? [] : [`claims ${JSON.stringify(claims)}`]),
  ].join(", ");
}

function pairs(headers: ExampleRequest["headers"]): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
}

/** Text is used as it is, unless it would be read as JSON. */
function claimText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}
