// An error that the user can fix: it says what to change, one line for each problem. Any other error is a failure of the program or
// machine.
export class UserError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
