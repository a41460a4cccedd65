// The page of the API: everything on it comes from the description that the program gives of itself.
import { lang, otherLanguage, speak, t } from "./words.js";
import { describeWith, element, nameOf, tree } from "./docs-schema.js";
import { authorization, tryForm } from "./docs-try.js";
import { eventsConsole, stopListening } from "./docs-events.js";

const main = document.getElementById("main");
const list = document.getElementById("list");
const filter = document.getElementById("filter");
const key = document.getElementById("key");
let doc = null;

function all() {
  return Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
}

function contents() {
  const here = location.hash.slice(1);
  const wanted = filter.value.trim().toLowerCase();
  const fits = ({ path, method, operation }) => `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase().includes(wanted);
  const link = (to, ...inside) => element("li", {}, element("a", { href: `#${to}`, "aria-current": here === to ? "page" : null }, ...inside));
  const parts = [element("ul", {}, link("", t("docs.begin")), link("events", t("docs.events")), link("webhooks", t("docs.webhooks")), link("problems", t("docs.problems")))];
  for (const tag of doc.tags) {
    const found = all().filter((o) => o.operation.tags?.includes(tag.name) && fits(o));
    if (found.length === 0) continue;
    parts.push(element("h2", { title: tag.description }, tag.name), element("ul", {}, ...found.map((o) =>
      link(o.operation.operationId, element("span", { class: `verb ${o.method}` }, o.method.toUpperCase()), element("span", {}, o.operation.summary)))));
  }
  list.replaceChildren(...parts);
}

function parameters(operation) {
  const rows = (operation.parameters ?? []).map((p) => element("tr", {},
    element("td", {}, element("code", {}, p.name), p.required ? element("span", { class: "needed" }, " *") : ""), element("td", { class: "soft" }, p.in),
    element("td", {}, [p.description ?? p.schema?.description, (p.schema?.enum ?? []).join(", ")].filter(Boolean).join(" "))));
  return rows.length > 0 ? element("div", { class: "panel" }, element("table", {}, element("tbody", {}, ...rows))) : "";
}

function answers(operation) {
  return Object.entries(operation.responses).map(([status, response]) => {
    const [type, media] = Object.entries(response.content ?? {})[0] ?? [];
    const head = [element("span", { class: `status ${status < 400 ? "good" : "soft"}` }, status), ` ${response.description ?? ""} `, element("code", { class: "soft" }, type ?? "")];
    if (status >= 400 || !media?.schema) return element("p", {}, ...head);
    return element("div", {}, element("p", {}, ...head, " ", element("code", {}, nameOf(media.schema))), element("div", { class: "panel" }, tree(media.schema, t("docs.needed"))));
  });
}

function showOperation({ path, method, operation }) {
  const scopes = operation.security.flatMap((s) => Object.values(s).flat());
  const body = Object.entries(operation.requestBody?.content ?? {})[0];
  main.replaceChildren(
    element("h2", {}, operation.summary),
    element("p", { class: "address" }, element("span", { class: `verb ${method}` }, method.toUpperCase()), ` ${path}`),
    element("p", { class: "hint" }, operation.security.length === 0 ? t("docs.open") : scopes.length > 0 ? t("docs.scope", { scope: scopes[0] }) : t("docs.known")),
    ...(operation.description ? [element("p", {}, operation.description)] : []),
    element("h3", {}, t("docs.try")), method === "get" && path === "/api/v1/events" ? element("p", {}, element("a", { href: "#events" }, t("docs.events"))) : tryForm(method, path, operation),
    ...(operation.parameters?.length ? [element("h3", {}, t("docs.parameters")), parameters(operation)] : []),
    ...(body ? [element("h3", {}, t("docs.body"), " ", element("code", { class: "soft" }, body[0])), element("div", { class: "panel" }, tree(body[1].schema, t("docs.needed")))] : []),
    element("h3", {}, t("docs.answers")), ...answers(operation));
}

function showBegin() {
  const lines = doc.info.description.split("\n").map((line) => (line.startsWith("* ") ? element("li", {}, ...marked(line.slice(2))) : line && element("p", {}, ...marked(line)))).filter(Boolean);
  main.replaceChildren(element("h2", {}, `Tandem API ${doc.info.version}`), ...lines.filter((l) => l.tagName === "P"), element("ul", {}, ...lines.filter((l) => l.tagName === "LI")),
    element("h3", {}, t("docs.example")),
    element("div", { class: "panel" }, element("pre", {}, `curl -H "Authorization: Bearer pk_live_…" ${location.origin}/api/v1/calls?limit=5`)));
}

// marked writes `code` as such.
function marked(text) {
  return text.split("`").map((part, i) => (i % 2 === 1 ? element("code", {}, part) : part));
}

async function showProblems() {
  const codes = await (await fetch("/docs/codes.json", { headers: { "Accept-Language": lang } })).json();
  main.replaceChildren(element("h2", {}, t("docs.problems")), element("p", { class: "hint" }, t("docs.problems_about")),
    element("div", { class: "panel" }, element("table", {}, element("tbody", {}, ...codes.map((c) =>
      element("tr", {}, element("td", {}, element("code", {}, c.code)), element("td", {}, c.meaning)))))));
}

function showWebhooks() {
  const one = (name, item) => {
    const d = element("details", {}, element("summary", {}, element("code", {}, name)));
    d.addEventListener("toggle", () => {
      if (d.open && d.children.length === 1) d.append(tree(item.post.requestBody.content["application/json"].schema, t("docs.needed")));
    });
    return element("li", {}, d);
  };
  main.replaceChildren(element("h2", {}, t("docs.webhooks")), element("p", { class: "hint" }, t("docs.webhooks_about")),
    element("div", { class: "panel" }, element("ul", { class: "schema" }, ...Object.entries(doc.webhooks).map(([name, item]) => one(name, item)))));
}

async function show() {
  stopListening();
  const here = location.hash.slice(1);
  contents();
  switch (here) {
    case "": showBegin(); break;
    case "events": main.replaceChildren(eventsConsole(Object.keys(doc.webhooks))); break;
    case "webhooks": showWebhooks(); break;
    case "problems": await showProblems(); break;
    default: {
      const found = all().find((o) => o.operation.operationId === here);
      if (found) showOperation(found);
      else showBegin();
    }
  }
  const current = list.querySelector("[aria-current]");
  const box = list.parentElement;
  if (current && (current.offsetTop < box.scrollTop || current.offsetTop > box.scrollTop + box.clientHeight - 40)) box.scrollTop = current.offsetTop - box.clientHeight / 2;
}

async function identify() {
  sessionStorage.setItem("key", key.value.trim());
  const who = document.getElementById("who");
  const answer = await fetch("/api/v1/session", { headers: authorization() });
  if (!answer.ok) {
    who.textContent = t("docs.nobody");
    return;
  }
  const is = await answer.json();
  who.textContent = is.user?.name ?? is.key_id ?? t("docs.everything");
}

async function turn(l) {
  await speak(l);
  const other = document.getElementById("lang");
  other.textContent = otherLanguage() === "fr" ? "Français" : "English";
  other.lang = otherLanguage();
  for (const e of document.querySelectorAll("[data-l]")) {
    e.setAttribute("aria-label", t(e.dataset.l));
    if (e.tagName === "INPUT") e.placeholder = t(e.dataset.l);
  }
  await show();
}

document.getElementById("lang").addEventListener("click", () => turn(otherLanguage()));
document.getElementById("identity").addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("input", contents);
key.addEventListener("change", identify);
addEventListener("hashchange", async () => {
  await show();
  main.focus();
});

key.value = sessionStorage.getItem("key") ?? "";
doc = await (await fetch("/openapi.json")).json();
describeWith(doc);
await turn(lang);
await identify();
