// The page that shows calls: those in progress each second, those that ended, and all that is known of one. It uses the public API alone.
import { speak, lang, otherLanguage, t } from "/page/words.js";
import { showLadder } from "/page/ladder.js";

const $ = (id) => document.getElementById(id);

// make builds an element; text never becomes markup.
export function make(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k === "class") e.className = v;
    else if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (v !== undefined && v !== null) e.setAttribute(k, v);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

async function get(path) {
  const answer = await fetch(`/api/v1/${path}`, { headers: { "Accept-Language": lang } });
  if (answer.status === 401) {
    location.assign("/enter");
    throw new Error("signed out");
  }
  if (!answer.ok) throw new Error((await answer.json()).title);
  return answer.json();
}

const clock = (s) => {
  s = Math.max(0, Math.round(s));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
};
const when = (iso) => new Intl.DateTimeFormat(lang, { dateStyle: "short", timeStyle: "medium" }).format(new Date(iso));
const good = { answered: "good", voicemail: "warn", missed: "bad", failed: "bad", rejected: "bad", busy: "warn", abandoned: "warn", cancelled: "soft" };
const icon = { answered: "✓", voicemail: "✉", missed: "✕", failed: "⚠", rejected: "⊘", busy: "◔", abandoned: "↩", cancelled: "–" };
const arrow = { inbound: "↘", outbound: "↗", internal: "↔" };

function outcome(c) {
  const key = c.outcome ?? c.status;
  return make("span", { class: `tag ${good[key] ?? ""}` }, `${icon[key] ?? "●"} ${t(`outcome.${key}`)}`);
}

function party(c, side) {
  const number = (c[`${side}_display`] || c[side]).replaceAll(" ", "\u00a0");
  if (side === "from" && c.anonymous) return t("call.anonymous");
  const name = side === (c.direction === "outbound" ? "from" : "to") ? c.number?.name : "";
  return name ? `${name} · ${number}` : number;
}

function legName(l) {
  const name = l.user?.name || l.trunk?.name || l.kind;
  return l.device ? `${name} · ${t(`device.${l.device}`)}` : name;
}

function showLive(calls) {
  $("live-count").textContent = calls.length;
  $("live-empty").hidden = calls.length > 0;
  const focused = document.activeElement?.dataset?.call;
  const old = new Map([...$("live").children].map((li) => [li.dataset.id, li]));
  for (const c of calls) {
    const text = [
      make("div", { class: "line" }, make("span", { class: "who" }, `${arrow[c.direction] ?? ""} ${party(c, "from")}`), make("span", { class: "time" }, clock(c.duration_seconds))),
      make("div", { class: "sub" }, `→ ${party(c, "to")}`),
      outcome(c),
      make("ul", {}, ...c.users.map((u) => make("li", {}, `${u.name}: ${t(c.status === "answered" || c.status === "held" ? "leg.answered" : "leg.ringing")}`))),
      make("button", { type: "button", "data-call": c.id, onclick: () => open(c.id) }, t("call.show")),
    ];
    const li = old.get(c.id) ?? make("li", { "data-id": c.id });
    li.replaceChildren(...text);
    if (!old.has(c.id)) $("live").append(li);
    old.delete(c.id);
    if (focused === c.id) li.querySelector("button").focus();
  }
  for (const li of old.values()) li.remove();
}

function showTrunks(trunks) {
  $("trunks-empty").hidden = trunks.length > 0;
  $("trunks").replaceChildren(...trunks.map((x) => {
    const s = x.status;
    const word = !s ? "unknown" : s.up ? "up" : "down";
    const rtt = s?.rtt_ms ? ` · ${s.rtt_ms} ms` : "";
    return make("li", { title: s?.detail }, make("span", { class: `tag ${word === "up" ? "good" : word === "down" ? "bad" : "soft"}` }, `${word === "up" ? "✓" : word === "down" ? "✕" : "?"} ${x.name}`), ` ${t(`trunk.${word}`)}${rtt}`);
  }));
}

function row(c) {
  return make("tr", {}, make("td", {}, when(c.started_at)), make("td", {}, `${arrow[c.direction] ?? ""} ${party(c, "from")}`), make("td", {}, party(c, "to")),
    make("td", {}, outcome(c)), make("td", {}, c.user?.name ?? ""), make("td", { class: "n" }, clock(c.wait_seconds)), make("td", { class: "n" }, clock(c.talk_seconds)),
    make("td", {}, make("button", { type: "button", "aria-label": `${t("call.show")} ${c.call_number}`, onclick: () => open(c.id) }, t("call.show"))));
}

let newest = null;
let cursor = null;
async function loadCalls() {
  const page = await get("calls?limit=25");
  const top = page.data.map((c) => `${c.id}${c.outcome}`).join();
  if (top === newest) return;
  newest = top;
  cursor = page.next_cursor;
  $("calls").replaceChildren(...page.data.map(row));
  $("calls-empty").hidden = page.data.length > 0;
  $("more").hidden = cursor === null;
}

async function more() {
  const page = await get(`calls?limit=25&cursor=${encodeURIComponent(cursor)}`);
  cursor = page.next_cursor;
  $("calls").append(...page.data.map(row));
  $("more").hidden = cursor === null;
}

let shown = null; // the call in progress that is shown
async function open(id, again) {
  const [c, timeline, ladder] = await Promise.all([get(`calls/${id}`), get(`calls/${id}/timeline`), get(`calls/${id}/sip`)]);
  $("call-title").textContent = t("call.title", { number: c.call_number });
  $("call-text").replaceChildren(outcome(c), ` ${party(c, "from")} → ${party(c, "to")}`);
  const facts = [
    ["call.started", when(c.started_at)], ["call.duration", clock(c.duration_seconds)], ["calls.wait", clock(c.wait_seconds)],
    ["call.ring", clock(c.ring_seconds)], ["calls.talk", clock(c.talk_seconds)], ["calls.user", c.user?.name],
    ["call.flow", c.flow ? `${c.flow.id} · v${c.flow.version}` : null],
    ["call.hangup", c.hangup ? `${t(`by.${c.hangup.by}`)} · ${c.hangup.text} (SIP ${c.hangup.sip_code}, Q.850 ${c.hangup.q850})` : null],
    ["call.missed", c.missed_reason ? t(`missed.${c.missed_reason}`) : null], ["call.voicemail", c.voicemail ? clock(c.voicemail.seconds) : null], ["call.notified", c.notified.map((u) => u.name).join(", ")], ["call.id", c.id],
  ];
  $("call-facts").replaceChildren(...facts.filter(([, v]) => v).flatMap(([k, v]) => [make("dt", {}, t(k)), make("dd", {}, v)]));
  $("legs").replaceChildren(...c.legs.map((l) => make("tr", {}, make("td", {}, legName(l)), make("td", {}, t(`leg.${l.state}`)),
    make("td", {}, l.cause_text ? `${l.cause_text} (${l.sip_code})` : ""), make("td", {}, l.codec ?? ""),
    make("td", { class: "n" }, t("leg.counts", { in: l.packets_in, out: l.packets_out, lost: l.packets_lost })))));
  const start = new Date(c.started_at);
  $("timeline").replaceChildren(...timeline.data.map((i) => make("li", {}, make("span", { class: "time" }, clock((new Date(i.at) - start) / 1000)), make("span", {}, i.text))));
  showLadder(ladder.data);
  $("ladder-text").href = `/api/v1/calls/${id}/sip.txt`;
  shown = c.status === "ended" ? null : c.id;
  $("call-later").hidden = shown === null;
  $("call-more").hidden = shown !== null;
  history.replaceState(null, "", `#call=${c.call_number}`); // the address names the call: it can be kept or sent on
  if (!$("call").open) $("call").showModal();
  if (id !== again) $("call-title").focus();
}

function label() {
  $("lang").textContent = otherLanguage() === "fr" ? "Français" : "English";
  $("lang").lang = otherLanguage();
  $("legs-region").setAttribute("aria-label", t("call.legs"));
  $("ladder-region").setAttribute("aria-label", t("call.ladder"));
}

let round = 0;
async function tick() {
  try {
    const live = (await get("calls/live")).data;
    showLive(live);
    if (shown && $("call").open) await open(shown, shown);
    if (round++ % 3 === 0) {
      await loadCalls();
      showTrunks((await get("trunks")).data);
    }
    $("state").textContent = "";
    $("state").className = "";
  } catch (e) {
    if ($("state").className !== "bad") $("state").textContent = t("page.lost");
    $("state").className = "bad";
  }
  setTimeout(tick, 1000);
}

$("close").addEventListener("click", () => $("call").close());
$("call").addEventListener("close", () => history.replaceState(null, "", "/"));
$("more").addEventListener("click", more);
$("lang").addEventListener("click", async () => {
  await speak(otherLanguage());
  label();
  newest = null;
  round = 0;
});
$("leave").addEventListener("click", async () => {
  await fetch("/leave", { method: "POST" });
  location.assign("/enter");
});
await speak(lang);
label();
tick();
const asked = new URLSearchParams(location.hash.slice(1)).get("call");
if (asked) open(asked);
