import { speak, lang, otherLanguage, t } from "/page/words.js";

const list = document.getElementById("items");
const state = document.getElementById("state");
const every = 2000;
const marks = { valid: "✔", forged: "✘", too_old: "✘", unsigned: "?", unchecked: "?" };
let shown = -1;

function element(name, text) {
  const e = document.createElement(name);
  e.textContent = text;
  return e;
}

// pretty is a body as people read it.
function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function line(item) {
  const li = document.createElement("li");
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const signature = element("strong", `${marks[item.signature] ?? "?"} ${t(`inbox.${item.signature}`)}`);
  summary.append(
    element("time", new Date(item.at).toLocaleTimeString(lang)),
    element("code", item.type || "–"),
    signature,
    element("span", item.webhook ? item.webhook.name : ""),
  );
  const headers = Object.entries(item.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  details.append(summary, element("pre", headers), element("pre", pretty(item.body)));
  details.dataset.number = item.number;
  li.append(details);
  return li;
}

async function look() {
  try {
    const answer = await fetch("/dev/inbox.json");
    if (answer.status === 401 || answer.status === 403) {
      state.replaceChildren(element("span", t("inbox.sign_in") + " "), Object.assign(element("a", t("enter.go")), { href: "/enter" }));
      return;
    }
    const { data } = await answer.json();
    state.textContent = data.length === 0 ? t("inbox.empty") : "";
    const newest = data.length === 0 ? 0 : data[0].number;
    if (newest === shown) return;
    shown = newest;
    const open = new Set([...list.querySelectorAll("details[open]")].map((d) => d.dataset.number));
    list.replaceChildren(...data.map(line));
    for (const d of list.querySelectorAll("details")) d.open = open.has(d.dataset.number);
  } catch {
    state.textContent = t("page.lost");
  }
}

const button = document.getElementById("language");
button.addEventListener("click", async () => {
  await speak(otherLanguage());
  name();
  shown = -1;
  look();
});

// name says on the button which language it leads to.
function name() {
  button.textContent = otherLanguage() === "fr" ? "Français" : "English";
  button.lang = otherLanguage();
}

await speak(lang);
name();
await look();
setInterval(look, every);
