/** An `/etc/passwd` that a RUN of another stage writes in words. */
import { expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { FinalAccounts } from "./final-accounts.ts";

/** The uid of `app` where `/p` of a stage is the passwd of the target, or why nobody knows it. */
function appOf(lines: string, copy = "COPY --from=b /p /etc/passwd"): number | string | undefined {
  const { base, effects } = inputOf({ text: `FROM golang:1.22 AS b\n${lines}\nFROM scratch\n${copy}\n` });
  const account = new FinalAccounts(base, effects).byName("app");
  return account.known ? account.value?.uid : account.why;
}

const line = "app:x:5001:5001::/:";
const written = `RUN echo '${line}' > /p`;

test.each([
  ["echo", written],
  ["printf", `RUN printf '${line}\\n' >/p`],
  ["tee", `RUN echo ${line} | tee /p`],
  ["a here-document", `RUN cat <<E > /p\n${line}\nE`],
  ["two commands", `RUN echo 'root:x:0:0::/:' > /p && echo ${line} >> /p`],
  ["again", `RUN echo app:x:1:1::/: > /p\nRUN echo ${line} > /p`],
  ["a variable", `ARG ID=5001\nRUN echo "app:x:$ID:$ID::/:" > /p`],
  ["its folder", `WORKDIR /x\nRUN mkdir -p / && echo ${line} > ../p && chmod 644 /p`],
])("known: by %s", (_, lines) => {
  expect(appOf(lines)).toBe(5001);
});

test.each([
  ["into the folder", "RUN mkdir /u && echo app:x:5001:5001::/: > /u/passwd", "COPY --from=b /u/group /u/passwd /etc/"],
  ["by index", written, "COPY --from=0 /p /etc/passwd"],
])("known: %s", (_, lines, copy) => {
  expect(appOf(lines, copy)).toBe(5001);
});

test.each([
  ["nothing writes it", "RUN true"],
  ["only adds to it", `RUN echo ${line} >> /p`],
  ["another command's text", "RUN grep app /etc/passwd > /p"],
  ["perhaps written", `RUN if test -e /x; then echo ${line} > /p; fi`],
  ["perhaps written again", `${written}\nRUN test -e /x || echo app:x:1:1::/: > /p`],
  ["an edit", `${written}\nRUN sed -i s/5001/5002/ /p`],
  ["another file in its place", `${written}\nCOPY p /p`],
  ["a variable without a value", 'ARG ID\nRUN echo "app:x:$ID:$ID::/:" > /p'],
  ["a variable that a shell replaces", "RUN cat <<E > /p\napp:x:$ID:$ID::/:\nE"],
])("not known: %s", (_, lines) => {
  expect(appOf(lines)).toMatch(/^line \d puts another \/etc\/passwd in place$/);
});
