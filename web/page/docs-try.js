// A form that tries an operation, and shows what came back: what is wrong is marked where it was typed.
import { t, lang } from "./words.js";
import { element, example, kind, open } from "./docs-schema.js";

export function authorization() {
  const key = document.getElementById("key").value.trim();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

function input(p) {
  const s = open(p.schema);
  const id = `p-${p.in}-${p.name}`;
  let field;
  if (s.enum || s.type === "boolean") {
    field = element("select", { id }, element("option", { value: "" }, "—"));
    for (const v of s.enum ?? [true, false]) field.append(element("option", { value: String(v) }, String(v)));
  } else {
    field = element("input", { id, placeholder: s.default !== undefined ? String(s.default) : kind(p.schema), spellcheck: "false", autocomplete: "off" });
  }
  field.dataset.at = `${p.in}.${p.name}`;
  const wrong = element("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
  field.setAttribute("aria-describedby", wrong.id);
  const label = element("label", { for: id }, p.name, p.required ? element("span", { class: "needed" }, " *") : "");
  return { p, field, wrong, row: element("div", { class: "field" }, label, field, wrong) };
}

function mark(field, wrong, message) {
  field.setAttribute("aria-invalid", "true");
  wrong.textContent = [wrong.textContent, message].filter(Boolean).join("\n");
  wrong.hidden = false;
}

// select marks the name of a field inside the JSON that was sent.
function select(area, location) {
  const name = location.replace(/\[\d+\]/g, "").split(".").filter((part) => !/^\d+$/.test(part)).pop();
  const at = area.value.indexOf(`"${name}"`);
  if (at < 0) return;
  area.focus();
  area.setSelectionRange(at, at + name.length + 2);
}

export function tryForm(method, path, operation) {
  const inputs = (operation.parameters ?? []).filter((p) => p.name !== "Last-Event-ID").map(input);
  const content = Object.keys(operation.requestBody?.content ?? {})[0];
  const json = content?.includes("json");
  const form = element("form", { class: "panel" }, ...inputs.map((i) => i.row));
  let area = null;
  const areaWrong = element("p", { class: "wrong", id: "body-wrong", hidden: true });
  if (content && !content.startsWith("multipart/")) {
    const text = json ? JSON.stringify(example(operation.requestBody.content[content].schema), null, 2) : "";
    area = element("textarea", { id: "body", rows: Math.min(24, text.split("\n").length + 2), spellcheck: "false", "aria-describedby": "body-wrong" });
    area.value = text;
    form.append(element("div", { class: "field" }, element("label", { for: "body" }, content), area, areaWrong));
  }
  const answer = element("div", { class: "answer", "aria-live": "polite" });
  form.append(element("div", { class: "row" }, element("button", { class: "go" }, t("docs.send"))), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    for (const { field, wrong } of [...inputs, { field: area, wrong: areaWrong }]) {
      field?.removeAttribute("aria-invalid");
      wrong.textContent = "";
      wrong.hidden = true;
    }
    let address = path;
    const query = new URLSearchParams();
    const headers = { ...authorization(), "Accept-Language": lang };
    for (const { p, field, wrong } of inputs) {
      if (p.in === "path") {
        if (!field.value) { mark(field, wrong, t("docs.needed")); field.focus(); return; }
        address = address.replace(`{${p.name}}`, encodeURIComponent(field.value));
      } else if (field.value && p.in === "query") query.set(p.name, field.value);
      else if (field.value && p.in === "header") headers[p.name] = field.value;
    }
    if ([...query].length > 0) address += `?${query}`;
    if (area) headers["Content-Type"] = content;
    const began = performance.now();
    let response;
    try {
      response = await fetch(address, { method: method.toUpperCase(), headers, body: area ? area.value : undefined });
    } catch (problem) {
      answer.replaceChildren(element("p", { class: "bad" }, String(problem)));
      return;
    }
    const text = await response.text();
    show(answer, response, text, performance.now() - began);
    if (response.ok) return;
    let problem = {};
    try { problem = JSON.parse(text); } catch { /* no problem of ours: the text is shown */ }
    for (const fault of problem.errors ?? []) {
      const at = inputs.find((i) => fault.location === i.field.dataset.at);
      if (at) mark(at.field, at.wrong, fault.message);
      else if (area && fault.location?.startsWith("body")) {
        mark(area, areaWrong, `${fault.location}: ${fault.message}`);
        select(area, fault.location);
      }
    }
  });
  return form;
}

function show(answer, response, text, ms) {
  const shown = ["content-type", "etag", "location", "link", "ratelimit", "retry-after", "allow", "idempotency-replayed", "x-request-id"];
  const head = [...response.headers].filter(([name]) => shown.includes(name)).map(([name, value]) => `${name}: ${value}`).join("\n");
  let body = text;
  try { body = JSON.stringify(JSON.parse(text), null, 2); } catch { /* no JSON */ }
  answer.replaceChildren(
    element("p", {}, element("span", { class: `status ${response.ok ? "good" : "bad"}` }, `${response.status} ${response.statusText}`), ` · ${Math.round(ms)} ms`),
    element("details", {}, element("summary", {}, t("docs.headers")), element("pre", {}, head)),
    element("pre", {}, body.length > 200_000 ? `${body.slice(0, 200_000)}…` : body),
  );
}
