// Reads one matcher. All have the form of filter/config/match.ts: one operator or `any`, optionally `not`, and for some the name of what
// they compare.
import { indexOfByte } from "../../abi/bytes";
import { putAscii } from "../../abi/log";
import { withoutDot } from "../../core/rules/extract-part";
import { Test } from "../../core/rules/value";
import { readBoolean, readFields, readItems } from "../json";
import { parsedString, parsedStringSize } from "../json-string";
import { beginRefusal, endRefusal, putNames, refuse, refused } from "../refusal";
import { keepString, take } from "../store";
import { readFilled, readHeaderName, readHost, readMethod, readOperand, readPathText, readPrincipal } from "../strings";
import { bytesOfClaim, parsedClaimSize } from "./claim-text";
import { addValue, beginValues } from "./values";

export const enum Form {
  Method = 0,
  Host = 1,
  Path = 2,
  Header = 3,
  Query = 4,
  Claim = 5,
  Rpc = 6,
  Principal = 7,
  Namespace = 8,
}

const maxAny: u32 = 16;
const maxClaimParts: u32 = 4;
const maxName: u32 = 128;

let form: Form = Form.Method;
let operators: string = "";
/** The Test of each operator, 4 bits each. */
let tests: u32 = 0;
let operatorCount: i32 = 0;

export let parsedIsInverted: bool = false;
export let parsedName: usize = 0;
export let parsedNameSize: usize = 0;

function chooseForm(chosen: Form): void {
  form = chosen;
  if (chosen == Form.Method) setOperators("exact", 0x0, 1);
  else if (chosen == Form.Host) setOperators("exact suffix", 0x20, 2);
  else if (chosen == Form.Path) setOperators("exact prefix glob", 0x410, 3);
  else if (chosen <= Form.Claim) setOperators("exact prefix suffix contains present", 0x63210, 5);
  else setOperators("exact prefix suffix", 0x210, 3);
}

function setOperators(names: string, testsOfThem: u32, count: i32): void {
  operators = names;
  tests = testsOfThem;
  operatorCount = count;
}

/** The operators, and the other fields that the object may have. */
function fields(): string {
  if (form == Form.Method) return "exact any not";
  if (form == Form.Host) return "exact suffix any not";
  if (form == Form.Path) return "exact prefix glob any not";
  if (form == Form.Claim) return "exact prefix suffix contains present any not claim";
  return form <= Form.Query ? "exact prefix suffix contains present any not name" : "exact prefix suffix any not";
}

function readText(test: Test): bool {
  if (form == Form.Method) return readMethod();
  if (form == Form.Host) return readHost();
  if (form == Form.Path) return readPathText();
  return form == Form.Principal && test != Test.Suffix ? readPrincipal() : readOperand();
}

function readOperator(key: i32): void {
  const test = <Test>((tests >> ((<u32>key) << 2)) & 15);
  if (test == Test.Present) {
    addValue(readBoolean() ? Test.Present : Test.Absent, 0, 0);
    return;
  }
  if (!readText(test)) return;
  const at = keepString();
  const size = form == Form.Host ? withoutDot(at, parsedStringSize) : parsedStringSize;
  if (refused) return;
  addValue(test, at, size);
  if (form != Form.Claim || test != Test.Exact) return;
  const bytes = bytesOfClaim(at, size);
  if (bytes != 0) addValue(Test.Exact, bytes, parsedClaimSize);
}

function requireOne(seen: u32, others: string): void {
  if (refused || popcnt(seen) == 1) return;
  beginRefusal();
  putAscii("needs exactly one of: ");
  putNames(operators);
  putAscii(others);
  endRefusal();
}

function readAlternative(): void {
  requireOne(readFields(operators, 0, readOperator), "");
}

/** Parts are joined by zero bytes, as in the paths of attributes. */
function readClaimPart(): void {
  if (!readFilled(maxName)) return;
  if (indexOfByte(parsedString, parsedStringSize, 0) < parsedStringSize)
    return refuse("must be without the character U+0000");
  const separator: usize = parsedName == 0 ? 0 : 1;
  const at = take(parsedNameSize + separator + parsedStringSize);
  if (at == 0) return;
  // The separator is already zero.
  memory.copy(at, parsedName, parsedNameSize);
  memory.copy(at + parsedNameSize + separator, parsedString, parsedStringSize);
  parsedName = at;
  parsedNameSize += separator + parsedStringSize;
}

function readName(): void {
  if (form == Form.Claim) return readItems(maxClaimParts, readClaimPart);
  if (!(form == Form.Header ? readHeaderName() : readFilled(maxName))) return;
  parsedNameSize = parsedStringSize;
  parsedName = keepString();
}

function readField(key: i32): void {
  if (key < operatorCount) readOperator(key);
  else if (key == operatorCount) readItems(maxAny, readAlternative);
  else if (key == operatorCount + 1) parsedIsInverted = readBoolean();
  else readName();
}

/** False after a refusal. */
export function readMatcher(chosen: Form): bool {
  chooseForm(chosen);
  beginValues();
  parsedIsInverted = false;
  parsedName = 0;
  parsedNameSize = 0;
  const hasName = chosen >= Form.Header && chosen <= Form.Claim;
  const seen = readFields(fields(), hasName ? 1 << (operatorCount + 2) : 0, readField);
  requireOne(seen & ((2 << operatorCount) - 1), ", any");
  return !refused;
}
