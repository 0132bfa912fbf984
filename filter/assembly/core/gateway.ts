// CLASSIFY: a request from outside enters with whatever header it brought, and leaves with the level that it gets.
import { HeaderMap } from "../abi/headers";
import { believedLevel } from "./edge";
import { addLevel, keepLevel } from "./levels";
import { noLevel, Root } from "./root";
import { classify } from "./rules";

/** @returns the request's level */
export function classifyAtGateway(root: Root): i32 {
  let level = believedLevel(root);
  if (level != noLevel) {
    keepLevel(root, level);
    return level;
  }
  level = classify(root);
  if (level == noLevel) level = root.defaultLevel;
  addLevel(root, HeaderMap.Request, level);
  return level;
}
