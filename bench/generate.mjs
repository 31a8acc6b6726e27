/**
 * Makes Containerfiles as people write them: seeded, so that the same number and seed give the same bytes everywhere.
 * The mix follows what public repositories show: three in four files name no user, one in eight a word, one in ten a
 * number, the rest root or a variable; half of them have several stages; sizes are log-normal around 1.2 KB.
 *
 *     node bench/generate.mjs FOLDER [COUNT] [SEED]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Mulberry32: small, fast, and good enough to vary text.
 * @param {number} seed
 * @returns {() => number} Numbers from 0 up to 1.
 */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Choices that one file is made with. */
class Dice {
  #next;
  constructor(seed) {
    this.#next = random(seed);
  }
  chance(share) {
    return this.#next() < share;
  }
  between(low, high) {
    return low + Math.floor(this.#next() * (high - low + 1));
  }
  pick(items) {
    return items[Math.floor(this.#next() * items.length)];
  }
  /** `count` different items in their own order. */
  some(items, count) {
    const left = [...items];
    while (left.length > count) left.splice(Math.floor(this.#next() * left.length), 1);
    return left;
  }
  /** Normal, by twelve uniform numbers. */
  normal() {
    let sum = -6;
    for (let draw = 0; draw < 12; draw++) sum += this.#next();
    return sum;
  }
}

const words = [
  "api",
  "billing",
  "catalog",
  "events",
  "gateway",
  "ingest",
  "mailer",
  "orders",
  "portal",
  "reports",
  "search",
  "sync",
  "tracker",
  "worker",
];
const people = ["platform@example.com", "devops@example.org", "The Maintainers <team@example.net>"];
const aptPackages = [
  "ca-certificates",
  "curl",
  "git",
  "gnupg",
  "jq",
  "libpq-dev",
  "libssl-dev",
  "make",
  "openssl",
  "python3",
  "python3-pip",
  "tini",
  "unzip",
  "wget",
  "xz-utils",
  "zlib1g-dev",
  "build-essential",
  "pkg-config",
  "locales",
  "tzdata",
];
const apkPackages = [
  "bash",
  "ca-certificates",
  "curl",
  "git",
  "jq",
  "libstdc++",
  "make",
  "openssl",
  "postgresql-client",
  "python3",
  "tini",
  "tzdata",
  "wget",
  "g++",
  "libc6-compat",
];
const rpmPackages = [
  "ca-certificates",
  "git",
  "gzip",
  "jq",
  "openssl",
  "python3",
  "python3-pip",
  "shadow-utils",
  "tar",
  "unzip",
  "wget",
  "which",
  "procps-ng",
];

const indented = (items, joint) => items.map((item) => `    ${item}`).join(joint);

function install(dice, manager) {
  const size = dice.between(2, 10);
  switch (manager) {
    case "apt":
      return `RUN apt-get update && apt-get install -y --no-install-recommends \\\n${indented(dice.some(aptPackages, size), " \\\n")} \\\n    && rm -rf /var/lib/apt/lists/*`;
    case "apk":
      return dice.chance(0.5)
        ? `RUN apk add --no-cache ${dice.some(apkPackages, size).join(" ")}`
        : `RUN apk --no-cache add \\\n${indented(dice.some(apkPackages, size), " \\\n")}`;
    case "dnf":
      return `RUN dnf install -y ${dice.some(rpmPackages, size).join(" ")} \\\n && dnf clean all \\\n && rm -rf /var/cache/dnf`;
    default:
      return `RUN microdnf install -y ${dice.some(rpmPackages, size).join(" ")} && microdnf clean all`;
  }
}

function accountLines(dice, manager, name) {
  const uid = dice.pick([1000, 1001, 10001, 2000, 5000]);
  if (manager === "apk") {
    return dice.chance(0.5)
      ? `RUN addgroup -S ${name} && adduser -S ${name} -G ${name}`
      : `RUN adduser -D -u ${uid} ${name}`;
  }
  return dice.pick([
    `RUN groupadd -r ${name} && useradd -r -g ${name} ${name}`,
    `RUN useradd --create-home --shell /bin/bash ${name}`,
    `RUN groupadd --gid ${uid} ${name} \\\n  && useradd --uid ${uid} --gid ${name} --shell /bin/bash --create-home ${name}`,
  ]);
}

/** How a stack builds and runs: its bases with their package manager, its build lines, its start lines. */
const stacks = [
  {
    name: "node",
    bases: [
      ["node:20-alpine", "apk"],
      ["node:22", "apt"],
      ["node:20-bookworm-slim", "apt"],
      ["node:18", "apt"],
    ],
    build: ["COPY package.json package-lock.json ./", "RUN npm ci --omit=dev", "COPY . .", "RUN npm run build"],
    start: ['CMD ["node", "dist/server.js"]', "CMD npm start", 'ENTRYPOINT ["node", "server.js"]'],
    ship: "COPY --from=build /app/dist ./dist",
    user: "node",
  },
  {
    name: "python",
    bases: [
      ["python:3.12-slim", "apt"],
      ["python:3.11", "apt"],
      ["python:3.12-alpine", "apk"],
    ],
    build: ["COPY requirements.txt .", "RUN pip install --no-cache-dir -r requirements.txt", "COPY . /app"],
    start: [
      'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app.wsgi"]',
      'CMD ["python", "-m", "app"]',
      "CMD python manage.py runserver 0.0.0.0:8000",
    ],
    ship: "COPY --from=build /install /usr/local",
  },
  {
    name: "go",
    bases: [
      ["golang:1.23", "apt"],
      ["golang:1.22-alpine", "apk"],
    ],
    final: [
      ["gcr.io/distroless/static-debian12", "none"],
      ["alpine:3.20", "apk"],
      ["scratch", "none"],
      ["debian:bookworm-slim", "apt"],
    ],
    build: [
      "COPY go.mod go.sum ./",
      "RUN go mod download",
      "COPY . .",
      'RUN CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags="-s -w" -o /out/app ./cmd/app',
    ],
    start: ['ENTRYPOINT ["/app"]', 'CMD ["/usr/local/bin/app", "serve"]'],
    ship: "COPY --from=build /out/app /app",
  },
  {
    name: "java",
    bases: [
      ["maven:3.9-eclipse-temurin-21", "apt"],
      ["eclipse-temurin:21-jdk", "apt"],
    ],
    final: [
      ["eclipse-temurin:21-jre", "apt"],
      ["eclipse-temurin:17-jre-alpine", "apk"],
      ["registry.access.redhat.com/ubi9/openjdk-21-runtime", "microdnf"],
    ],
    build: ["COPY pom.xml .", "RUN mvn -B dependency:go-offline", "COPY src ./src", "RUN mvn -B -DskipTests package"],
    start: ['ENTRYPOINT ["java", "-jar", "/app/app.jar"]', "CMD java $JAVA_OPTS -jar app.jar"],
    ship: "COPY --from=build /app/target/*.jar /app/app.jar",
  },
  {
    name: "web",
    bases: [
      ["nginx:1.27-alpine", "apk"],
      ["nginx:stable", "apt"],
      ["httpd:2.4", "apt"],
    ],
    build: ["COPY nginx.conf /etc/nginx/conf.d/default.conf", "COPY public/ /usr/share/nginx/html/"],
    start: ['CMD ["nginx", "-g", "daemon off;"]'],
    ship: "COPY --from=build /app/dist /usr/share/nginx/html",
  },
  {
    name: "php",
    bases: [
      ["php:8.3-apache", "apt"],
      ["php:8.2-fpm-alpine", "apk"],
    ],
    build: [
      "COPY composer.json composer.lock ./",
      "RUN docker-php-ext-install pdo_mysql opcache",
      "COPY . /var/www/html",
      "RUN chown -R www-data:www-data /var/www/html/storage",
    ],
    start: ['CMD ["apache2-foreground"]', 'CMD ["php-fpm"]'],
    ship: "COPY --from=build /app/vendor ./vendor",
    user: "www-data",
  },
  {
    name: "tools",
    bases: [
      ["debian:bookworm-slim", "apt"],
      ["ubuntu:24.04", "apt"],
      ["alpine:3.20", "apk"],
      ["registry.access.redhat.com/ubi9/ubi", "dnf"],
      ["registry.access.redhat.com/ubi9/ubi-minimal", "microdnf"],
      ["fedora:41", "dnf"],
    ],
    build: ["COPY scripts/ /usr/local/bin/", "RUN chmod +x /usr/local/bin/*.sh"],
    start: ['ENTRYPOINT ["/docker-entrypoint.sh"]', 'ENTRYPOINT ["/usr/local/bin/run.sh"]', 'CMD ["bash"]'],
    ship: "COPY --from=build /opt/tool /opt/tool",
  },
];

/** Lines that make a file longer without changing what it is. */
function filler(dice, word) {
  return dice.pick([
    () =>
      `# ${dice.pick(["Keep this in step with the chart", "see the README for how this is run", "goes away once the upstream image has it", "cache dependencies first, code changes more often"])}`,
    () =>
      `ENV ${dice.pick(["LANG=C.UTF-8", "TZ=UTC", "PYTHONUNBUFFERED=1", "NODE_ENV=production", `${word.toUpperCase()}_HOME=/opt/${word}`, 'JAVA_OPTS="-Xms64m -Xmx512m"'])}`,
    () =>
      `LABEL org.opencontainers.image.title="${word}" \\\n      org.opencontainers.image.source="https://git.example.com/${word}" \\\n      org.opencontainers.image.vendor="Example"`,
    () => `ARG ${dice.pick(["VERSION=1.4.2", "BUILD_DATE", "GIT_SHA=unknown", "TARGETARCH"])}`,
    () => `EXPOSE ${dice.pick([8080, 3000, 5000, 9090, 80, 443])}`,
    () => `RUN mkdir -p /var/lib/${word} /var/log/${word} && chmod 755 /var/lib/${word}`,
    () =>
      `RUN curl -fsSL https://downloads.example.com/${word}/${dice.between(1, 9)}.${dice.between(0, 30)}.0/${word}-linux-amd64.tar.gz -o /tmp/${word}.tar.gz \\\n    && echo "${dice.between(1e8, 9e8).toString(16).repeat(8).slice(0, 64)}  /tmp/${word}.tar.gz" | sha256sum -c - \\\n    && tar -xzf /tmp/${word}.tar.gz -C /usr/local/bin ${word} \\\n    && rm /tmp/${word}.tar.gz`,
    () =>
      `HEALTHCHECK --interval=30s --timeout=3s --retries=3 \\\n  CMD curl -fs http://localhost:8080/healthz || exit 1`,
    () => `VOLUME /var/lib/${word}`,
    () => `COPY config/${word}.yaml /etc/${word}/${word}.yaml`,
    () =>
      `RUN set -eux; \\\n    # a note inside of the instruction\n    mkdir -p /opt/${word}/bin; \\\n    if [ "$(uname -m)" = "aarch64" ]; then arch=arm64; else arch=amd64; fi; \\\n    echo "$arch" > /opt/${word}/arch`,
  ])();
}

function userLine(dice, stack) {
  const roll = dice.between(1, 100);
  if (roll <= 75) return undefined;
  if (roll <= 87) return stack.user ?? dice.pick(["app", "appuser", "nobody", "nonroot:nonroot"]);
  if (roll <= 97) return dice.pick(["1000", "1001", "65532", "65532:65532", "10001:0"]);
  return dice.pick(["root", "0", "${APP_USER}"]);
}

/**
 * One Containerfile.
 * @param {number} seed
 * @param {number} index
 * @returns {{ text: string, script: string | undefined }} The file, and the entrypoint script that lies beside it.
 */
export function generate(seed, index) {
  const dice = new Dice(Math.imul(seed, 2_654_435_761) + index);
  const stack = dice.pick(stacks);
  const word = dice.pick(words);
  const [base, manager] = dice.pick(stack.bases);
  const several = stack.final !== undefined || dice.chance(0.3);
  const [lastBase, lastManager] = several ? dice.pick(stack.final ?? stack.bases) : [base, manager];
  const user = userLine(dice, stack);
  const size = Math.round(Math.min(19_000, Math.max(120, 1180 * Math.exp(0.75 * dice.normal()))));
  const shell = lastManager !== "none";

  const head = [];
  if (dice.chance(0.15)) head.push("# syntax=docker/dockerfile:1");
  if (several) {
    head.push(`FROM ${base} AS build`, "WORKDIR /app");
    if (dice.chance(0.6)) head.push(install(dice, manager));
    head.push(...stack.build, "", `FROM ${lastBase}`);
  } else {
    head.push(`FROM ${base}`);
  }
  if (dice.chance(0.2)) head.push(`LABEL maintainer="${dice.pick(people)}"`);
  if (lastBase !== "scratch") head.push(dice.chance(0.9) ? "WORKDIR /app" : `WORKDIR /srv/${word}`);

  const tail = [several ? stack.ship : stack.build.join("\n")];
  const named =
    user !== undefined && /^[a-z]/.test(user) && user !== stack.user && user !== "nobody" && user !== "root";
  if (named && shell) tail.push(accountLines(dice, lastManager, user.split(":")[0]));
  const start = dice.pick(stack.start);
  if (start.includes("docker-entrypoint")) tail.push("COPY docker-entrypoint.sh /docker-entrypoint.sh");
  if (user !== undefined) tail.push(`USER ${user}`);
  tail.push(start);

  const middle = shell && dice.chance(0.7) ? [install(dice, lastManager)] : [];
  let length = [...head, ...middle, ...tail].join("\n").length;
  while (length < size) {
    const line = filler(dice, word);
    if (!shell && line.startsWith("RUN")) continue;
    length += line.length + 1;
    middle.push(...(dice.chance(0.25) ? ["", line] : [line]));
  }
  const text = `${[...head, ...middle, ...tail].join("\n")}\n`;
  const script = start.includes("docker-entrypoint")
    ? `#!/bin/sh\nset -e\n${dice.chance(0.4) ? `exec gosu ${word} "$@"` : 'exec "$@"'}\n`
    : undefined;
  return { text: dice.chance(0.02) ? text.replaceAll("\n", "\r\n") : text, script };
}

/**
 * Writes `count` projects, a folder each, below `folder`.
 * @returns {Promise<{ files: number, bytes: number, medianBytes: number }>}
 */
export async function writeCorpus(folder, count, seed = 20_261_123) {
  const sizes = [];
  for (let index = 0; index < count; index++) {
    const project = join(
      folder,
      `group-${String(Math.floor(index / 100)).padStart(3, "0")}`,
      `project-${String(index).padStart(5, "0")}`,
    );
    const { text, script } = generate(seed, index);
    await mkdir(project, { recursive: true });
    await writeFile(join(project, index % 3 === 0 ? "Containerfile" : "Dockerfile"), text);
    if (script !== undefined) await writeFile(join(project, "docker-entrypoint.sh"), script);
    sizes.push(Buffer.byteLength(text));
  }
  sizes.sort((a, b) => a - b);
  return {
    files: count,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    medianBytes: sizes[Math.floor(count / 2)] ?? 0,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, count = "1000", seed = "20261123"] = process.argv.slice(2);
  if (folder === undefined || !/^[1-9]\d*$/.test(count) || !/^\d+$/.test(seed)) {
    console.error("usage: node bench/generate.mjs FOLDER [COUNT] [SEED]");
    process.exitCode = 2;
  } else {
    const { files, bytes, medianBytes } = await writeCorpus(folder, Number(count), Number(seed));
    console.log(`${files} Containerfiles, ${(bytes / 1024).toFixed(0)} KiB, median ${medianBytes} bytes, in ${folder}`);
  }
}
