import { expect, test } from "vitest";
import { judge, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

const needsPerson = true;

const starting = (line: string) => ({
  text: 'FROM debian:12\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
  context: { "run.sh": `#!/bin/sh\n${line}\nexec app\n` },
});

testRule(rule, {
  valid: [
    {
      name: "scratch has no /root of its own",
      text: 'FROM scratch\nCOPY app /root/app\nWORKDIR /root/w\nUSER 1:1\nCMD ["/root/app"]\n',
    },
    {
      name: "only while it builds",
      text: "FROM debian:12\nWORKDIR /root/src\nRUN --mount=type=cache,target=/root/.cache pip install --user x\nWORKDIR /app\nUSER 1:1\n",
    },
    { name: "overwritten", text: "FROM debian:12\nENV PATH=/root/bin:$PATH\nENV PATH=/usr/bin\nUSER 1:1\n" },
    {
      name: "another folder",
      text: "FROM debian:12\nENV X=/rootfs Y=/srv/root Z=/root.d\nWORKDIR /rootless\nUSER 1:1\n",
    },
    {
      name: "a builder stage",
      text: "FROM debian:12 AS b\nENV PATH=/root/bin:$PATH\nWORKDIR /root\nFROM debian:12\nUSER 1:1\n",
    },
    { name: "the folder is opened", text: "FROM debian:12\nENV PATH=/root/bin:$PATH\nRUN chmod 755 /root\nUSER 1:1\n" },
    { name: "the folder is given away", text: "FROM debian:12\nWORKDIR /root\nRUN chown -R 1 /root\nUSER 1:1\n" },
    {
      name: "a copy that is removed again",
      text: "FROM debian:12\nCOPY key /root/.ssh/key\nRUN make && rm -rf /root/.ssh\nUSER 1:1\n",
    },
    {
      name: "settings that are removed again, caches, and what only a shell reads",
      text: "FROM debian:12\nRUN echo a >/root/.netrc && make && rm /root/.netrc\nRUN echo x >/root/.cache/x; echo y >>/root/.bashrc; echo z >/root/z; mkdir /root/.ssh\nUSER 1:1\n",
    },
    ...[
      "RUN echo a >~/.netrc && make && rm ~/.netrc",
      "RUN echo a >'~/.netrc'",
      "RUN echo a >~app/.netrc",
      "RUN HOME=/srv; echo a >~/.netrc",
      "ENV HOME=/srv\nRUN echo a >~/.netrc",
      "USER app\nRUN echo a >~/.netrc",
      "RUN sudo -u app sh -c 'echo a >~/.netrc'",
      "RUN su app -c 'echo a >~/.netrc'",
      "RUN git config --global user.name ci && npm config set registry https://example.com",
      'RUN [ "touch", "~/.netrc" ]',
    ].map((lines) => ({ name: lines, text: `FROM debian:12\nWORKDIR /app\n${lines}\nUSER 1:1\n` })),
    ...[
      "ENV HELM_PLUGINS=/opt/helm\nRUN helm plugin install https://example.com/x",
      "RUN PLAYWRIGHT_BROWSERS_PATH=/ms npx playwright install",
      "RUN npx playwright install-deps",
      "RUN npx playwright install && cp -r /root/.cache/ms-playwright /home/app/.cache/",
      "RUN npx playwright install && rm -rf ~/.cache",
      "RUN --mount=type=cache,target=/root/.cache npx playwright install",
      'RUN --mount=type=cache,"dst=/root/.cache/" npx playwright install',
      'RUN if [ -n "$X" ]; then pipx install ansible; fi',
      "USER app\nRUN pipx install ansible",
      "RUN su app -c 'pipx install ansible'",
      "RUN sudo -u app pipx install ansible",
      "ENV HOME=/srv\nRUN pipx install ansible",
      "RUN python -m nltk.downloader -d /usr/share/x punkt",
      "RUN ansible-galaxy collection install -p /usr/share/ansible/collections a.b",
      "COPY ansible.cfg /etc/ansible/\nRUN ansible-galaxy install a.b",
      "RUN echo helm plugin install x && helm plugin list",
      "RUN python -c \"from transformers import AutoModel; AutoModel.from_pretrained('./model')\"",
    ].map((lines) => ({ name: `a tool: ${lines}`, text: `FROM debian:12\nWORKDIR /app\n${lines}\nUSER 1:1\n` })),
    {
      name: "a tool whose image chooses the place",
      text: "FROM mcr.microsoft.com/playwright:v1.58.2-noble\nRUN npx playwright install\nUSER 1:1\n",
    },
    {
      name: "a tool in a builder stage",
      text: "FROM debian:12 AS b\nRUN pipx install ansible\nFROM debian:12\nUSER 1:1\n",
    },
    {
      name: "settings in a builder stage",
      text: "FROM debian:12 AS b\nRUN echo a >/root/.netrc\nFROM debian:12\nUSER 1:1\n",
    },
    { name: "a tilde of the user's own", text: "FROM debian:12\nUSER 1:1\nCMD ~/app\n" },
    ...[
      '[ -d /root/.ssh ] || echo "no /root"',
      'if [ "$(id -u)" = 0 ]; then cp /key /root/.ssh/; fi',
      "cp /key /root/.ssh/ || true",
      'cp /key "$HOME/.ssh/"',
      "mkdir -p /rooted/x",
    ].map((line) => ({ name: `a script: ${line}`, ...starting(line) })),
  ],
  invalid: [
    ...[
      "mkdir -p /root/.ssh",
      "cd /root/app",
      "echo x > /root/x",
      "app --config=/root/app.yaml",
      "(cat /root/key)",
    ].map((line) => ({
      name: `a script: ${line}`,
      ...starting(line),
      lines: [3],
      says: ["run.sh uses a path in /root on line 2"],
    })),
    {
      name: "a root file system in scratch",
      text: "FROM scratch\nCOPY --from=alpine:3.20 / /\nCOPY app /root/app\nUSER 1:1\n",
      lines: [3],
    },
    {
      name: "PATH",
      text: "FROM debian:12\nENV PATH=/root/.local/bin:$PATH\nUSER 1:1\n",
      lines: [2],
      marks: ["/root/.local/bin:$PATH"],
      needsPerson,
    },
    {
      name: "PATH in the middle, as root",
      text: 'FROM debian:12\nENV PATH="$PATH:/root/.cargo/bin:/x"\n',
      lines: [2],
      needsPerson,
    },
    { name: "another variable", text: "FROM debian:12\nENV CARGO_HOME=/root/.cargo\n", lines: [2] },
    {
      name: "settings that a RUN leaves, once a RUN",
      text: "FROM debian:12\nRUN mkdir -p /root/.ssh && echo x >/root/.ssh/config && touch /root/.npmrc\nUSER 1:1\n",
      lines: [2],
      marks: ["echo x >/root/.ssh/config"],
    },
    ...["~/.netrc", "$HOME/.netrc", '"${HOME}/.netrc"', "~/.config/app.conf"].map((path) => ({
      name: `settings in root's home: ${path}`,
      text: `FROM debian:12\nRUN echo a >${path}\nUSER 1:1\n`,
      lines: [2],
      says: ["RUN writes /root/."],
    })),
    ...[
      ["helm plugin install --verify=false https://example.com/x", "/root/.local/share/helm/plugins"],
      ["./krew-linux_${ARCH} install krew", "/root/.krew"],
      ["kubectl krew install ctx", "/root/.krew"],
      ["npx -y playwright@1.50 install --with-deps chromium", "/root/.cache/ms-playwright"],
      ["python3 -m playwright install", "/root/.cache/ms-playwright"],
      ["poetry run playwright install", "/root/.cache/ms-playwright"],
      ["npx cypress install", "/root/.cache/Cypress"],
      ["pipx install ansible && pipx inject ansible x", "/root/.local"],
      ["uv tool install ruff", "/root/.local"],
      ["conda run -n py11 python -m nltk.downloader punkt", "/root/nltk_data"],
      ["python -c \"import nltk; nltk.download('punkt')\"", "/root/nltk_data"],
      ["hf download org/model", "/root/.cache/huggingface"],
      ["python3 -c \"from x import A; A.from_pretrained('org/model')\"", "/root/.cache/huggingface"],
      ["ansible-galaxy collection install a.b", "/root/.ansible"],
      ["composer global require x/y", "/root/.composer"],
      ["dotnet tool install -g x", "/root/.dotnet/tools"],
      ["az extension add -n x", "/root/.azure/cliextensions"],
      ["mix local.hex --force", "/root/.mix"],
    ].map(([command, path]) => ({
      name: `a tool: ${command}`,
      text: `FROM debian:12\nWORKDIR /app\nRUN make && ${command}\nUSER 1:1\n`,
      lines: [3],
      marks: [command?.replace(/ && .*/, "") ?? ""],
      says: [`puts its files into ${path}: whoever else`],
    })),
    {
      name: "a tool beside mounts that are not around its folder",
      text: "FROM debian:12\nRUN --mount=type=secret,id=x --mount=type=cache,target=/var/cache/apt pipx install a\nUSER 1:1\n",
      lines: [2],
    },
    {
      name: "a tool that a RUN starts twice",
      text: "FROM debian:12\nRUN pipx install a\nRUN pipx install b\nUSER 1:1\n",
      lines: [2],
    },
    {
      name: "settings in the folder that a RUN goes to",
      text: "FROM debian:12\nRUN cd && cd ~ && touch .netrc\nUSER 1:1\n",
      lines: [2],
    },
    { name: "HOME", text: "FROM debian:12\nENV HOME /root\nUSER 1:1\n", lines: [2] },
    { name: "by way of another variable", text: "FROM debian:12\nARG R=/root\nENV NVM=$R/.nvm\n", lines: [3] },
    {
      name: "the working directory",
      text: "FROM debian:12\nWORKDIR /root/app\nCOPY . .\nUSER 1:1\n",
      lines: [2],
      needsPerson,
    },
    {
      name: "a relative working directory",
      text: "FROM debian:12\nWORKDIR /root\nWORKDIR app\n",
      lines: [3],
      needsPerson,
    },
    {
      name: "a copy",
      text: "FROM debian:12\nCOPY --from=x /root/.local /root/.local\nUSER 1:1\n",
      lines: [2],
      marks: ["/root/.local"],
    },
    { name: "a volume", text: 'FROM debian:12\nVOLUME ["/root/.cache"]\nUSER 1:1\n', lines: [2] },
    {
      name: "the program",
      text: 'FROM debian:12\nCMD ["/root/app", "/root/x"]\n',
      lines: [2],
      marks: ['"/root/app"'],
      needsPerson,
    },
    {
      name: "an argument in shell form",
      text: "FROM debian:12\nENTRYPOINT java -jar /root/app.jar\n",
      lines: [2],
      needsPerson,
    },
    { name: "root's tilde", text: "FROM debian:12\nCMD ~/app\n", lines: [2], needsPerson },
    {
      name: "in the parent stage",
      text: "FROM debian:12 AS p\nENV PATH=/root/bin:$PATH\nFROM p\nUSER 1:1\n",
      lines: [2],
      needsPerson,
    },
  ],
});

test.each([
  ["WORKDIR /root", /^Work in a folder outside/],
  ["COPY key /root/.ssh/key", /^Install it outside/],
  ["RUN touch /root/.npmrc", /^Write it for all users/],
  ["RUN pipx install x", /^Install it outside \/root: ENV PIPX_HOME=/],
])("%s: what to do", (line, title) => {
  const { findings } = judge({ text: `FROM debian:12\n${line}\nUSER 1:1\n` });
  expect(findings.find((one) => one.rule === rule.id)?.fix?.title).toMatch(title);
});
