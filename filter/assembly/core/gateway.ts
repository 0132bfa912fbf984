// CLASSIFY: a request from outside enters with whatever header it brought, and leaves with the level that it gets.
import { believedLevel, inHeader } from "./edge";
import { addLevel, keepLevel } from "./levels";
import { noLevel, Root } from "./root";
import { classify } from "./rules/rules";
import { writeMember } from "./tracestate";

/** @returns the request's level */
export function classifyAtGateway(root: Root): i32 {
  let level = believedLevel(root);
  if (inHeader) keepLevel(root, level);
  else {
    if (level == noLevel) level = classify(root);
    if (level == noLevel) level = root.defaultLevel;
    addLevel(root, level);
  }
  writeMember(root, level);
  return level;
}
