import { describe, expect, test } from "vitest";
import { readShell } from "../shell/read-shell.ts";
import { writtenFolders } from "./tree-writes.ts";

/** What a script writes that runs in /app; `…` for a name that is not known. */
function written(text: string, variables: Readonly<Record<string, string>> = {}): string {
  const { commands } = readShell(
    { text, toSource: (index) => index },
    { variables: new Map(Object.entries(variables)), cwd: "/app" },
  );
  const paths = commands.flatMap(writtenFolders).map(({ path, isUnnamed }) => (isUnnamed ? `${path}/…` : path));
  return [...new Set(paths)].toSorted().join(" ");
}

describe("a name in which something is not known", () => {
  test.each([
    ["mkdir -p /app/$x/y", "/app/…"],
    ["mkdir -p sub/$x", "/app/sub/…"],
    ['touch "log-$x.txt"', "/app/…"],
    ["cp a /app/lib/$x.so", "/app/lib/…"],
    ["curl -o /srv/$x/a.jar http://x", "/srv/…"],
    ["curl --output=lib/$x.jar http://x", "/app/lib/…"],
    ["tar -xf a.tar --directory=sub/$x", "/app/sub/…"],
    ["tar -xf a.tar -Csub/$x", "/app/sub/…"],
    ["echo a >conf/$x.ini", "/app/conf/…"],
    ["mkdir /app/$x/../../srv/y", "/srv/y"],
    ['mkdir -p "$(basename "$x")"', "/app/…"],
    ["mkdir `basename $x .zip`", "/app/…"],
    ["mkdir ${x##*/}", "/app/…"],
    ["touch $((1 + 2)).txt", "/app/…"],
    ["cat list | xargs -n 1 curl -O", "/app"],
    ["cat list | xargs -I{} mkdir -p sub/{}", "/app/sub/…"],
    ["cat list | xargs -rI % sudo mkdir -p sub/%/a", "/app/sub/…"],
    ["cat list | xargs -0n 1 cp -t sub", "/app/sub"],
  ])("%s", (text, expected) => {
    expect(written(text)).toBe(expected);
  });

  test.each([
    'mkdir "$GNUPGHOME"',
    "mkdir -p $x/cache",
    'touch "$f.txt"',
    "tar -xf $x -C $dir",
    "tar -xf a.tar --directory=$dir",
    "tar -xf a.tar -C$dir",
    "rm -rf $x",
    'cd "$dir" && make',
    'cd "$(mktemp -d)" && make',
    "mkdir $(cat name)",
    "mkdir $(basename x | sed s,^,/opt/,)",
    "mkdir ~/x",
    "echo a >$x",
    "while read d; do mkdir $d; done",
    "cat list | xargs mkdir",
    "cat list | xargs -n 1 rm",
    "cat list | xargs -I{} touch {}",
    "cat list | xargs --replace touch {}",
    "cat list | xargs -0",
  ])("%s: it may be anywhere", (text) => {
    expect(written(text)).toBe("");
  });
});

describe("programs that write elsewhere, or nothing", () => {
  test.each([
    "node -v && npm -v && yarn --version",
    "aws --version && terraform version",
    "./tool --help",
    "uv python install 3.13 && uv tool install ruff && uv pip install --system app",
    "npx playwright install --with-deps chromium && playwright install firefox",
    "npx cypress@13 verify",
    "helm plugin install https://example.com/x && kubectl version --client",
    "pip3.11 install app && python3.12 -m pip install app",
    "jq . /etc/x.json",
  ])("%s", (text) => {
    expect(written(text)).toBe("");
  });

  test.each([
    ["dos2unix /srv/run.sh lib.sh", "/app/lib.sh /srv/run.sh"],
    ["./configure -v", "/app"],
    ["npm ci", "/app"],
    ["npx tsc", "/app"],
    ["uv sync", "/app"],
    ["python3.12 -m venv .venv", "/app/.venv"],
    ["helm pull stable/x", "/app"],
  ])("%s", (text, expected) => {
    expect(written(text)).toBe(expected);
  });
});

describe("values that a script gives", () => {
  test.each([
    ["for d in in out; do mkdir -p $d; done", "/app/in /app/out"],
    ["for d in in /srv/out; do mkdir -p $d/x; done", "/app/in/x /srv/out/x"],
    ["for d in /{app,srv}/x; do touch $d; done", "/app/x /srv/x"],
    ["for d in a $x; do mkdir $d; done", "/app/a"],
    ["for z in *.zip; do mkdir ${z%.zip}; done", "/app/…"],
    ["for z in dl/*.zip; do unzip $z -d ${z%%.zip}; done", "/app/dl/…"],
    ["for p in /srv/a/x.tar /srv/b/y.tar; do mkdir ${p##*/}; done", "/app/x.tar /app/y.tar"],
    ["for p in /srv/a/x.tar /srv/b/y.tar; do touch ${p%/*}/done; done", "/srv/a/done /srv/b/done"],
    ["L='a /srv/b'; for d in $L; do mkdir $d; done", "/app/a /srv/b"],
    ["L='a b'; mkdir $L", "/app/a /app/b"],
    ["L='a b'; mkdir \"$L\"", "/app/a b"],
    ["D=data; mkdir $D", "/app/data"],
    ["D=/srv; D=$D/x; mkdir $D", "/srv/x"],
    ["D=/srv; D+=/x; mkdir $D", "/srv/x"],
    ["D=a; if [ x ]; then D=/srv/b; fi; mkdir $D", "/app/a /srv/b"],
    ["case $x in a) D=a;; *) D=b;; esac; mkdir $D", "/app/a /app/b"],
    ["for v in 1 2; do D=v$v; mkdir $D; done", "/app/v1 /app/v2"],
    ["mkdir -p /app/{a,b}/$x", "/app/a/… /app/b/…"],
    ["mkdir -p {/srv,sub}/$x {$y,$z}/a", "/app/sub/… /srv/…"],
  ])("%s", (text, expected) => {
    expect(written(text)).toBe(expected);
  });

  test("the build's own are known", () => {
    expect(written("mkdir $A/x ${B%-*}", { A: "/srv", B: "/opt/a-1" })).toBe("/opt/a /srv/x");
  });

  test("no list is too long", () => {
    const list = Array.from({ length: 5000 }, (_, index) => `d${index}`).join(" ");
    const text = `for a in ${list}; do for b in ${list}; do mkdir $a/$b; cd $a; done; done\n`;
    expect(written(text.repeat(5)).length).toBeLessThan(100_000);
  });
});

describe("the folder that a script is in", () => {
  test.each([
    ["cd foo-$x && make && cd .. && touch y", "/app/y /app/…"],
    ["for d in a b; do cd $d; npm ci; cd ..; done; touch x", "/app/a /app/b /app/x"],
    ["if [ x ]; then cd /srv && make; fi; touch y", "/app/y /srv /srv/y"],
    ["if [ x ]; then cd /srv; else cd /opt; fi; touch y", "/opt/y /srv/y"],
    ["[ x ] || cd /srv; touch y", "/app/y /srv/y"],
    ["cd /srv && make && cd - && touch y", "/app/y /srv"],
    ["pushd /srv && make && popd && touch y", "/app/y /srv"],
    ["for d in */; do (cd $d && npm ci); done", "/app/…"],
    ["for d in $x; do cd $d; make; done; touch y", "/app/y"],
  ])("%s", (text, expected) => {
    expect(written(text)).toBe(expected);
  });
});

describe("values of options are no files", () => {
  test.each([
    ["mkdir -m 755 /srv/x", "/srv/x"],
    ["install -d -m 755 -o app /srv/x", "/srv/x"],
    ["touch -d yesterday /srv/x", "/srv/x"],
    ["truncate -s 0 /var/log/x", "/var/log/x"],
    ["sed -i -e s/a/b/ -e s/c/d/ /etc/x.conf", "/etc/x.conf"],
    ["sed -i s/a/b/ /etc/x.conf y", "/app/y /etc/x.conf"],
    ["git clone --depth 1 -b v1 https://x/y.git /opt/y", "/opt/y"],
    ["git clone --depth 1 https://x/y.git", "/app"],
    ["git -C /opt/y checkout v1", "/opt/y"],
    ["wget -O /srv/x http://x", "/srv/x"],
    ["wget -P /srv http://x", "/srv"],
    ["wget -q -P /srv https://x/a/b.tgz", "/srv/b.tgz"],
    ["wget --tries 3 https://x/b.tgz?raw=1", "/app"],
    ["wget https://x/$v/b.tgz https://x/$v", "/app /app/b.tgz"],
    ["wget -i list https://x/b.tgz", "/app /app/b.tgz"],
    ["curl -LO https://x/`curl -s https://x/stable.txt`/bin/kubectl", "/app/kubectl"],
    ["curl -sSfL --retry 3 -H 'A: b' -O https://x/$(uname -m)/kind", "/app/kind"],
    ["curl -LO https://x/kind-$(uname -m)", "/app"],
    ["curl -O --output-dir /srv https://x/{a,b}.tgz", "/srv/a.tgz /srv/b.tgz"],
    ["curl -O 'https://x/{a,b}.tgz'", "/app"],
    ["curl -LO x.example.com/kind", "/app"],
    ["curl -O https://x/a/", "/app"],
    ["curl -LO", "/app"],
    ["wget -O - http://x", ""],
    ["wget -qO- http://x", ""],
  ])("%s", (text, expected) => {
    expect(written(text)).toBe(expected);
  });
});
