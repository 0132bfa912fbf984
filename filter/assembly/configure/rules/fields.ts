// Creates the Field that a matcher reads: one for all matchers that read the same.
import { constant } from "../../abi/ascii";
import { sameBytes } from "../../abi/bytes";
import { Field, Source } from "../../core/rules/field";
import { take } from "../store";

const pathName = constant(":path");
const methodName = constant(":method");
const hostName = constant(":authority");
const contentTypeName = constant("content-type");
const requestIdName = constant("x-request-id");

let first: usize = 0;

export function forgetFields(): void {
  first = 0;
}

function fieldOf(source: Source, name: usize, nameSize: usize, base: usize): usize {
  for (let at = first; at != 0; at = changetype<Field>(at).next) {
    const field = changetype<Field>(at);
    if (field.source == source && field.nameSize == nameSize && sameBytes(field.name, name, nameSize)) return at;
  }
  const at = take(offsetof<Field>());
  if (at == 0) return 0;
  const field = changetype<Field>(at);
  field.source = source;
  field.name = name;
  field.nameSize = nameSize;
  field.base = base;
  field.next = first;
  first = at;
  return at;
}

export function methodField(): usize {
  return fieldOf(Source.Method, methodName.at, methodName.size, 0);
}

export function hostField(): usize {
  return fieldOf(Source.Host, hostName.at, hostName.size, 0);
}

export function pathField(): usize {
  return fieldOf(Source.Path, pathName.at, pathName.size, 0);
}

/** `name` must be in memory that stays. */
export function headerField(name: usize, size: usize): usize {
  return fieldOf(Source.Header, name, size, 0);
}

export function contentTypeField(): usize {
  return headerField(contentTypeName.at, contentTypeName.size);
}

export function requestIdField(): usize {
  return headerField(requestIdName.at, requestIdName.size);
}

export function queryField(name: usize, size: usize): usize {
  return fieldOf(Source.Query, name, size, pathField());
}

export function rpcField(source: Source): usize {
  return fieldOf(source, 0, 0, pathField());
}

export function principalField(): usize {
  return fieldOf(Source.Principal, 0, 0, 0);
}

export function namespaceField(): usize {
  return fieldOf(Source.Namespace, 0, 0, principalField());
}

export function claimField(path: usize, size: usize): usize {
  return fieldOf(Source.Claim, path, size, 0);
}
