// The console of events: a stream that is read with fetch, so that it can show a key.
import { t } from "./words.js";
import { element } from "./docs-schema.js";
import { authorization } from "./docs-try.js";

let listening = null;

export function stopListening() {
  listening?.abort();
  listening = null;
}

export function eventsConsole(types) {
  const choose = element("input", { id: "types", list: "known-types", placeholder: "call.*,user.*", spellcheck: "false" });
  const known = element("datalist", { id: "known-types" }, ...types.map((one) => element("option", { value: one })));
  const button = element("button", { class: "go", type: "button" }, t("docs.listen"));
  const state = element("output", { role: "status" });
  const list = element("ul", { id: "console" });
  let last = "";
  button.addEventListener("click", async () => {
    if (listening) {
      stopListening();
      return;
    }
    listening = new AbortController();
    button.textContent = t("docs.stop");
    try {
      last = await listen(choose.value, last, listening.signal, state, list);
    } catch (problem) {
      if (problem.name !== "AbortError") state.textContent = String(problem.message ?? problem);
    }
    listening = null;
    button.textContent = t("docs.listen");
  });
  return element("section", {},
    element("h2", {}, t("docs.events")), element("p", { class: "hint" }, t("docs.events_about")),
    element("div", { class: "row" }, element("label", { for: "types" }, "types"), choose, known, button, state),
    element("div", { class: "panel" }, list));
}

async function listen(types, last, signal, state, list) {
  const headers = { ...authorization(), Accept: "text/event-stream" };
  if (last) headers["Last-Event-ID"] = last;
  const address = types ? `/api/v1/events?types=${encodeURIComponent(types)}` : "/api/v1/events";
  const response = await fetch(address, { headers, signal });
  if (!response.ok) throw new Error((await response.json()).detail);
  state.textContent = t("docs.listening");
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) last = add(block, list) || last;
  }
  state.textContent = t("docs.ended");
  return last;
}

function add(block, list) {
  const fields = Object.fromEntries(block.split("\n").filter((l) => /^\w+:/.test(l)).map((l) => [l.slice(0, l.indexOf(":")), l.slice(l.indexOf(":") + 2)]));
  if (!fields.event) return "";
  const data = JSON.parse(fields.data);
  const head = element("summary", {},
    element("span", { class: "time" }, (data.timestamp ?? "").slice(11, 23)), element("code", {}, fields.event), element("span", { class: "soft" }, data.subject ?? data.reason ?? ""));
  list.prepend(element("li", {}, element("details", {}, head, element("pre", {}, JSON.stringify(data, null, 2)))));
  while (list.children.length > 500) list.lastElementChild.remove();
  return fields.id;
}
