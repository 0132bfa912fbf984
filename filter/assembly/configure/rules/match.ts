// Reads the `match` of one rule (filter/config/match.ts).
import { constant } from "../../abi/ascii";
import { Source } from "../../core/rules/field";
import { Test } from "../../core/rules/value";
import { readBoolean, readFields, readItems, readNumber } from "../json";
import { refuse, refused } from "../refusal";
import { addCondition } from "./conditions";
import {
  claimField,
  contentTypeField,
  headerField,
  hostField,
  methodField,
  namespaceField,
  pathField,
  principalField,
  queryField,
  requestIdField,
  rpcField,
} from "./fields";
import { Form, parsedIsInverted, parsedName, parsedNameSize, readMatcher } from "./matcher";
import { addValue, beginValues } from "./values";

const maxItems: u32 = 16;
const grpcType = constant("application/grpc");

/** The result of readPercentage; over 100 if there is none. */
let parsedPercent: u32 = 0;
let parsedPercentIsInverted: bool = false;
const noPercent: u32 = 101;

function readHeader(): void {
  if (readMatcher(Form.Header)) addCondition(headerField(parsedName, parsedNameSize), parsedIsInverted);
}

function readParameter(): void {
  if (readMatcher(Form.Query)) addCondition(queryField(parsedName, parsedNameSize), parsedIsInverted);
}

function readClaim(): void {
  if (readMatcher(Form.Claim)) addCondition(claimField(parsedName, parsedNameSize), parsedIsInverted);
}

function readRpcField(key: i32): void {
  if (readMatcher(Form.Rpc)) addCondition(rpcField(key == 0 ? Source.RpcService : Source.RpcMethod), parsedIsInverted);
}

function readRpc(): void {
  readFields("service method", 0, readRpcField);
  beginValues();
  addValue(Test.Prefix, grpcType.at, grpcType.size);
  addCondition(contentTypeField(), false);
}

function readSourceField(key: i32): void {
  if (key == 0) {
    if (readMatcher(Form.Principal)) addCondition(principalField(), parsedIsInverted);
  } else if (readMatcher(Form.Namespace)) addCondition(namespaceField(), parsedIsInverted);
}

function readPercentageField(key: i32): void {
  if (key == 1) {
    parsedPercentIsInverted = readBoolean();
    return;
  }
  parsedPercent = readNumber();
  if (!refused && parsedPercent > 100) refuse("must be from 0 to 100");
}

function readMatchField(key: i32): void {
  switch (key) {
    case 0:
      if (readMatcher(Form.Method)) addCondition(methodField(), parsedIsInverted);
      return;
    case 1:
      if (readMatcher(Form.Host)) addCondition(hostField(), parsedIsInverted);
      return;
    case 2:
      if (readMatcher(Form.Path)) addCondition(pathField(), parsedIsInverted);
      return;
    case 3:
      return readItems(maxItems, readHeader);
    case 4:
      return readItems(maxItems, readParameter);
    case 5:
      return readRpc();
    case 6:
      readFields("principal namespace", 0, readSourceField);
      return;
    case 7:
      return readItems(maxItems, readClaim);
    default:
      readFields("value not", 1, readPercentageField);
  }
}

export function readMatch(): void {
  parsedPercent = noPercent;
  parsedPercentIsInverted = false;
  readFields("method host path headers query grpc source jwt percentage", 0, readMatchField);
}

/** @param nameHash the hash of the rule's name, which may come after its match */
export function addPercentage(nameHash: u64): void {
  if (parsedPercent == noPercent) return;
  beginValues();
  const value = addValue(Test.Percentage, 0, parsedPercent);
  value.head = nameHash;
  addCondition(requestIdField(), parsedPercentIsInverted);
}
