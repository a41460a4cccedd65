// The SIP ladder of a call: a lane for each address, an arrow for each request and response; a click shows its whole text.
import { make } from "/page/app.js";

const $ = (id) => document.getElementById(id);

function words(item) {
  const sdp = /\nv=0/.test(item.raw) ? " + SDP" : "";
  const status = item.first.match(/^SIP\/2\.0 (.*)$/);
  if (!status) return item.first.split(" ")[0] + sdp;
  const method = item.raw.match(/^CSeq:\s*\d+\s+(\w+)/im)?.[1] ?? "";
  return `${status[1]} (${method})${sdp}`;
}

export function showLadder(items) {
  const lanes = [...new Set(items.flatMap((i) => [i.from, i.to]))];
  $("raw").hidden = true;
  $("ladder-region").hidden = items.length === 0;
  const head = make("tr", {}, make("th", { scope: "col" }, "s"));
  for (const l of lanes) head.append(make("th", { scope: "col", colspan: 2 }, l));
  const start = items.length ? new Date(items[0].at) : 0;
  const rows = items.map((item) => {
    const from = lanes.indexOf(item.from), to = lanes.indexOf(item.to);
    const left = Math.min(from, to), right = Math.max(from, to);
    const tr = make("tr", { class: /^SIP\/2\.0 [456]/.test(item.first) ? "failure" : "" }, make("td", { class: "time" }, ((new Date(item.at) - start) / 1000).toFixed(3)));
    if (left >= 0) tr.append(make("td", { colspan: 2 * left + 1 }));
    const show = () => { $("raw").hidden = false; $("raw").textContent = item.raw; $("raw").focus(); };
    tr.append(make("td", { colspan: Math.max(1, 2 * (right - left)), class: to >= from ? "right" : "left" },
      make("button", { type: "button", "aria-label": `${words(item)}, ${item.from} → ${item.to}`, onclick: show }, words(item))));
    return tr;
  });
  $("ladder").tHead.replaceChildren(head);
  $("ladder").tBodies[0].replaceChildren(...rows);
}
