// The script of the HTML report. It is put into the page as it is, so it imports nothing; every text from outside goes
// into the page as text, never as markup.
/* global document, location, history, matchMedia, addEventListener */
const data = JSON.parse(document.getElementById("data").textContent);
const { prefix, texts, words, rank, rows } = data;

/** Fields of a row, as html/rows.ts writes them. */
const fields = {
  repository: 0,
  rest: 1,
  platform: 2,
  standing: 3,
  user: 4,
  uid: 5,
  fix: 6,
  reason: 7,
  digest: 8,
  code: 9,
  findings: 10,
};
const text = (row, field) => {
  const at = row[fields[field]];
  return at < 0 ? "" : texts[at];
};
const perPage = 100;
/** Beyond it paper is the wrong medium. */
const mostPrinted = 2000;

const state = {
  search: "",
  standings: new Set(),
  rule: "",
  platform: "",
  sort: "standing",
  descending: false,
  page: 0,
};
let found = [];
const open = new Set();

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
const number = (value) => value.toLocaleString("en");
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byId = (id) => document.getElementById(id);
const searchText = rows.map((row) =>
  // The whole name as a cluster shows it, also where the page leaves out what all names begin with.
  [
    `${prefix}${text(row, "repository")}${text(row, "rest")}`,
    ...["platform", "user", "fix", "reason", "digest", "code"].map((field) => text(row, field)),
  ]
    .join(" ")
    .toLowerCase(),
);
const rules = rows.map((row) => row[fields.findings].map(([rule]) => texts[rule]));

const order = {
  standing: (row) => rank[words[row[fields.standing]].id],
  image: (row) => `${text(row, "repository")}${text(row, "rest")}`,
  platform: (row) => text(row, "platform"),
  user: (row) => text(row, "user"),
  fix: (row) => text(row, "fix"),
};

function select() {
  const terms = state.search
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== "");
  found = [];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    if (state.standings.size > 0 && !state.standings.has(words[row[fields.standing]].id)) continue;
    if (state.platform !== "" && text(row, "platform") !== state.platform) continue;
    if (state.rule !== "" && !rules[at].includes(state.rule)) continue;
    if (!terms.every((term) => searchText[at].includes(term))) continue;
    found.push(at);
  }
  const keyOf = order[state.sort];
  const keys = new Map(found.map((at) => [at, keyOf(rows[at])]));
  const direction = state.descending ? -1 : 1;
  // Rows come in the order of their names, which stays where keys are equal.
  found.sort((a, b) => {
    const [left, right] = [keys.get(a), keys.get(b)];
    return left < right ? -direction : left > right ? direction : a - b;
  });
}

function mark(standing) {
  const use = document.querySelector(`#marks [data-mark="${standing}"]`);
  return use === null ? "" : use.cloneNode(true);
}

function rowElements(at) {
  const row = rows[at];
  const word = words[row[fields.standing]];
  const isOpen = open.has(at);
  const name = element(
    "button",
    { type: "button", "aria-expanded": String(isOpen), "aria-controls": `more-${at}` },
    text(row, "repository"),
    element("span", { class: "tag" }, text(row, "rest")),
  );
  name.addEventListener("click", () => toggle(at, name));
  const made = element(
    "tr",
    { role: "row", class: "row" },
    element("th", { role: "rowheader", scope: "row", class: "image" }, name),
    element("td", { role: "cell", class: "verdict" }, mark(word.id), word.text),
    element("td", { role: "cell", class: "user", "data-label": "User" }, text(row, "user")),
    element("td", { role: "cell", class: "platform", "data-label": "Platform" }, text(row, "platform")),
    element("td", { role: "cell", "data-label": "Fix" }, text(row, "fix")),
  );
  return isOpen ? [made, moreElement(at)] : [made];
}

function toggle(at, button) {
  if (open.delete(at)) byId(`more-${at}`)?.remove();
  else {
    open.add(at);
    button.closest("tr").after(moreElement(at));
  }
  button.setAttribute("aria-expanded", String(open.has(at)));
}

function moreElement(at) {
  const row = rows[at];
  const list = element("dl");
  const say = (term, ...definition) => list.append(element("dt", {}, term), element("dd", {}, ...definition));
  if (text(row, "reason") !== "")
    say(text(row, "code") === "" ? "Why" : `Not read (${text(row, "code")})`, text(row, "reason"));
  if (row[fields.uid] >= 0) say("uid", String(row[fields.uid]));
  if (text(row, "digest") !== "") say("Digest", element("code", {}, text(row, "digest")));
  if (row[fields.findings].length > 0) {
    const items = row[fields.findings].map(([rule, severity, message, fix]) =>
      element(
        "li",
        {},
        element("b", {}, `${texts[severity]}: `),
        texts[message],
        " [",
        element("code", {}, texts[rule]),
        "]",
        ...(fix < 0 ? [] : [element("br"), `Fix: ${texts[fix]}`]),
      ),
    );
    say("Findings", element("ul", {}, ...items));
  }
  if (list.childElementCount === 0) say("Nothing to do", "Kubernetes starts it under runAsNonRoot.");
  return element(
    "tr",
    { role: "row", class: "more", id: `more-${at}` },
    element("td", { role: "cell", colspan: "5" }, list),
  );
}

function draw(first, count) {
  byId("images").replaceChildren(...found.slice(first, first + count).flatMap(rowElements));
}

const pageCount = () => Math.max(1, Math.ceil(found.length / perPage));
const isPage = (page) => page >= 0 && page < pageCount();

function show() {
  select();
  const pages = pageCount();
  state.page = Math.min(state.page, pages - 1);
  draw(state.page * perPage, perPage);
  byId("count").textContent =
    found.length === rows.length
      ? `${number(rows.length)} ${rows.length === 1 ? "result" : "results"}`
      : `${number(found.length)} of ${number(rows.length)} results`;
  const pageText = `page ${number(state.page + 1)} of ${number(pages)}`;
  const sortText = document.querySelector(`[data-sort="${state.sort}"]`).textContent.toLowerCase();
  byId("order").textContent =
    `, by ${sortText}${state.descending ? ", descending" : ""}${pages === 1 ? "" : `; ${pageText}`}`;
  for (const pager of document.querySelectorAll(".pages")) {
    pager.hidden = pages === 1;
    pager.querySelector(".place").textContent = pageText;
    for (const button of pager.querySelectorAll("[data-turn]")) {
      // Not `disabled`: whoever turned to the last page keeps the focus.
      button.setAttribute("aria-disabled", String(!isPage(state.page + Number(button.dataset.turn))));
    }
  }
  byId("reset").disabled =
    state.search === "" && state.standings.size === 0 && state.rule === "" && state.platform === "";
  for (const button of document.querySelectorAll("[data-standing]")) {
    button.setAttribute("aria-pressed", String(state.standings.has(button.dataset.standing)));
  }
  for (const head of document.querySelectorAll("th[data-sort]")) {
    if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  remember();
}

/** What is looked at stands in the address, so that it can be sent to somebody. */
function remember() {
  const parameters = new URLSearchParams();
  if (state.search !== "") parameters.set("search", state.search);
  for (const standing of state.standings) parameters.append("verdict", standing);
  if (state.rule !== "") parameters.set("rule", state.rule);
  if (state.platform !== "") parameters.set("platform", state.platform);
  const hash = parameters.toString();
  try {
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : `#${hash}`);
  } catch {
    // A page in a sandbox has no address of its own.
  }
}

function recall() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  state.search = parameters.get("search") ?? "";
  state.standings = new Set(parameters.getAll("verdict").filter((id) => id in rank));
  state.rule = parameters.get("rule") ?? "";
  state.platform = parameters.get("platform") ?? "";
}

function fill(id, values) {
  const field = byId(id);
  for (const value of values.toSorted(compare)) field.append(element("option", { value }, value));
  field.addEventListener("change", () => change({ [id]: field.value }));
}

/** Puts what is looked for into the fields; a choice that this page does not have is none. */
function fillFields() {
  for (const id of ["rule", "platform"]) {
    byId(id).value = state[id];
    if (byId(id).selectedIndex < 0) byId(id).value = state[id] = "";
  }
  byId("search").value = state.search;
}

function change(more) {
  Object.assign(state, more, { page: 0 });
  show();
}

fill("rule", [...new Set(rules.flat())]);
fill("platform", [...new Set(rows.map((row) => text(row, "platform")).filter((platform) => platform !== ""))]);
recall();
fillFields();
let typing;
byId("search").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => change({ search: event.target.value }), 120);
});
for (const button of document.querySelectorAll("[data-standing]")) {
  button.addEventListener("click", () => {
    const { standing } = button.dataset;
    const standings = new Set(state.standings);
    if (!standings.delete(standing)) standings.add(standing);
    change({ standings });
  });
}
for (const button of document.querySelectorAll("[data-repository]")) {
  button.addEventListener("click", () => {
    byId("search").value = button.dataset.repository;
    change({ search: button.dataset.repository });
    byId("images-head").scrollIntoView();
    byId("search").focus({ preventScroll: true });
  });
}
for (const head of document.querySelectorAll("th[data-sort] button")) {
  head.addEventListener("click", () => {
    const { sort } = head.closest("th").dataset;
    change({ sort, descending: state.sort === sort && !state.descending });
  });
}
byId("reset").addEventListener("click", () => {
  change({ search: "", standings: new Set(), rule: "", platform: "" });
  fillFields();
  byId("search").focus();
});
for (const button of document.querySelectorAll("[data-turn]")) {
  button.addEventListener("click", () => {
    const by = Number(button.dataset.turn);
    if (!isPage(state.page + by)) return;
    state.page += by;
    show();
    byId("images-head").scrollIntoView();
    // The same button above the table, where the new page begins.
    document.querySelector(`[data-turn="${by}"]`).focus({ preventScroll: true });
  });
}
// No single character: those belong to screen readers and to speech input.
addEventListener("keydown", (event) => {
  if (event.key === "/" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
  }
});
addEventListener("hashchange", () => {
  if (location.hash === "#images-head") return;
  recall();
  fillFields();
  change({});
});
addEventListener("beforeprint", () => {
  draw(0, mostPrinted);
  if (found.length > mostPrinted) byId("order").textContent = `; the first ${number(mostPrinted)} are printed`;
});
addEventListener("afterprint", show);
for (const part of document.querySelectorAll("[data-script]")) {
  part.hidden = false;
  part.disabled = false;
}
show();
