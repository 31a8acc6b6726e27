/** What account tools refuse, where the build goes on without the account. */
import { expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";
import { FinalAccounts } from "./final-accounts.ts";

/** The uid of `app` behind a RUN whose failures are caught, or why nobody knows it. */
function appOf(base: string, script: string): number | string | undefined {
  const input = inputOf({ text: `FROM ${base}\nRUN ${script} || true\n` });
  const account = new FinalAccounts(input.base, input.effects).byName("app");
  return account.known ? account.value?.uid : account.why;
}

test.each([
  ["alpine:3.20", "adduser -D -u 5001 -G web app", 'there is no group "web"'],
  ["alpine:3.20", "adduser -D -u 5001 -G 82 app", 'there is no group "82"'],
  ["alpine:3.20", "adduser -D -u 999 app", 'gid 999 is "ping" already'],
  ["alpine:3.20", "addgroup -g 5001 web; adduser -D -u 5001 app", 'gid 5001 is "web" already'],
  ["alpine:3.20", "adduser -D -u 256001 app", "uid 256001 is too high for it"],
  ["busybox:1.36", "adduser -D -u 60001 app", "uid 60001 is too high for it"],
  ["debian:12", "useradd -u 4294967295 app", "uid 4294967295 is too high for it"],
  ["debian:12", "useradd -u 5001 -g web app", 'there is no group "web"'],
  ["debian:12", "useradd -u 5001 -g 5001 app", 'there is no group "5001"'],
  ["debian:12", "useradd -u 5001 -G audio,web app", 'there is no group "web"'],
  ["debian:12", "adduser --uid 5001 --gid 5001 app", 'there is no group "5001"'],
  ["debian:12", "groupadd app; useradd -u 5001 app", 'there is a group "app" already'],
  ["debian:12", "addgroup app; adduser --uid 5001 app", 'there is a group "app" already'],
])("refused on %s: %s", (base, script, why) => {
  expect(appOf(base, script)).toBe(`line 2 cannot create "app": ${why}`);
});

test.each([
  ["debian:12", "useradd -u 5001 -g games -G audio app"],
  ["debian:12", "useradd -u 5001 -g 60 app"],
  ["debian:12", "groupadd web; useradd -u 5001 -g web app"],
  ["debian:12", "groupadd -g 5002 web; useradd -u 5001 -g 5002 app"],
  ["debian:12", "groupadd web; useradd -u 5001 -g 1000 app"],
  ["debian:12", "useradd -u 5002 web; useradd -u 5001 -g web app"],
  ["debian:12", "useradd -u 5002 web; useradd -u 5001 -g 5002 app"],
  ["debian:12", "echo 'web:x:5002:' >> /etc/group; useradd -u 5001 -g web app"],
  ["debian:12", "sed -i s/games/web/ /etc/group; useradd -u 5001 -g web app"],
  ["debian:12", "groupmod -n web games; useradd -u 5001 -g web app"],
  ["debian:12", "apt-get install -y web; useradd -u 5001 -g web app"],
  ["debian:12", "groupadd app; useradd -u 5001 -N app"],
  ["debian:12", "groupadd app; useradd -u 5001 -g app app"],
  ["debian:12", "if test -e /x; then groupadd app; fi; useradd -u 5001 app"],
  ["debian:12", "addgroup --system app; adduser --system --uid 5001 --group app"],
  ["alpine:3.20", "adduser -S -D -u 5001 -G www-data app"],
  ["alpine:3.20", "adduser -S -D -u 5001 app"],
  ["node:22-slim", "useradd -u 5001 -g web app"],
  ["example.com/base", "useradd -u 5001 -g web app || adduser -D -u 5001 app"],
])("not refused for certain on %s: %s", (base, script) => {
  expect(appOf(base, script)).toBe(5001);
});

test("a failure that is caught on a base that nobody knows", () => {
  expect(appOf("example.com/base", "useradd -u 5001 app")).toBe('line 2 may or may not create "app"');
  // Not the account is what may be there already.
  expect(appOf("example.com/base", "useradd -u 5001 app && [ -e /x ] || mkdir /x")).toBe(5001);
});
