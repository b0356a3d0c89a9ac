// Runs cases through the page's interpreter: a JSON array on stdin, the array of answers on stdout.

import { readFileSync } from "node:fs";

import { filled, merged, react } from "../web/src/reactions.ts";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map((asked) => {
  if ("rule" in asked) return react(asked.rule, asked.moment);
  return "template" in asked ? filled(asked.template, asked.moment) : merged(asked.target, asked.patch);
});
process.stdout.write(JSON.stringify(answers));
