import { describe, expect, test } from "vitest";
import { inputOf } from "../rules/test-kit.ts";

const scriptsOf = (lines: string, base = "debian:12") =>
  inputOf({
    text: `FROM ${base}\n${lines}\nENTRYPOINT ["/run.sh"]\n`,
    context: { "run.sh": "#!/bin/sh\nexec app\n" },
  }).scripts.map(({ path, text }) => ({ path, text }));

const gosu = '#!/bin/sh\nexec gosu app "$@"\n';

describe("a script that a RUN writes", () => {
  test.each([
    ["a here-document", "RUN cat <<'EOF' > /run.sh\n#!/bin/sh\nexec gosu app \"$@\"\nEOF"],
    ["whose dollar is kept from the shell", 'RUN cat > /run.sh <<EOF\n#!/bin/sh\nexec gosu app "\\$@"\nEOF'],
    ["through tee", "RUN tee /run.sh <<-'EOF'\n\t#!/bin/sh\n\texec gosu app \"$@\"\n\tEOF"],
    [
      "inside of another",
      "RUN <<EOF\nset -e\ncat > /run.sh <<'END'\n#!/bin/sh\nexec gosu app \"$@\"\nEND\nchmod +x /run.sh\nEOF",
    ],
    ["printf with a format", `RUN printf '#!/bin/sh\\nexec gosu app "$@"\\n' > /run.sh && chmod +x /run.sh`],
    ["printf with lines", `RUN printf '%s\\n' '#!/bin/sh' 'exec gosu app "$@"' > /run.sh`],
    ["echo with escapes", `RUN echo '#!/bin/sh\\n\\\nexec gosu app "$@"' > /run.sh`],
    ["echo line by line", `RUN echo '#!/bin/sh' > /run.sh && echo 'exec gosu app "$@"' >> /run.sh`],
    ["in several RUNs", `RUN echo '#!/bin/sh' >> /run.sh\nRUN echo 'exec gosu app "$@"' >> /run.sh`],
    ["a group", `RUN { echo '#!/bin/sh'; echo 'exec gosu app "$@"'; } > /run.sh`],
    ["a subshell, through a variable", `ENV S=/run.sh\nRUN (echo '#!/bin/sh' && echo 'exec gosu app "$@"') > $S`],
    ["below the folder", `WORKDIR /\nRUN echo '#!/bin/sh\\nexec gosu app "$@"' | tee run.sh`],
    ["instead of what a COPY brought", `COPY run.sh /\nRUN printf '#!/bin/sh\\nexec gosu app "$@"\\n' > /run.sh`],
  ])("%s", (_, lines) => {
    expect(scriptsOf(lines)).toEqual([{ path: "/run.sh", text: gosu }]);
  });

  test("behind what a COPY brings", () => {
    expect(scriptsOf("COPY run.sh /\nRUN echo 'echo done' >> /run.sh")).toEqual([
      { path: "/run.sh", text: "#!/bin/sh\nexec app\necho done\n" },
    ]);
  });

  test("a COPY behind it wins", () => {
    expect(scriptsOf("RUN echo '#!/bin/sh' > /run.sh\nCOPY run.sh /")).toEqual([
      { path: "run.sh", text: "#!/bin/sh\nexec app\n" },
    ]);
  });
});

describe("no script where its text is not known", () => {
  test.each([
    ["a variable that nobody set", 'RUN echo "#!/bin/sh\\nexec gosu $1 app" > /run.sh'],
    ["a command's output", "RUN curl -s https://example.com/run.sh > /run.sh"],
    ["a line of it", "RUN echo '#!/bin/sh' > /run.sh && date >> /run.sh"],
    ["a group with another command", "RUN { echo '#!/bin/sh'; date; } > /run.sh"],
    ["behind a file of the base", "RUN echo 'exec gosu app' >> /run.sh"],
    ["perhaps not at all", "RUN [ -e /run.sh ] || echo '#!/bin/sh' > /run.sh"],
    ["errors", "RUN echo '#!/bin/sh' 2> /run.sh"],
    ["another file", "RUN echo '#!/bin/sh' > /other.sh"],
    ["it replaces what a COPY brought", "COPY run.sh /\nRUN curl -s https://example.com/run.sh > /run.sh"],
  ])("%s", (_, lines) => {
    expect(scriptsOf(lines)).toEqual([]);
  });
});
