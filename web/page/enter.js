import { speak, lang, t } from "/page/words.js";

const state = document.getElementById("state");
const form = document.getElementById("form");

async function enter(key) {
  state.textContent = t("enter.wait");
  const answer = await fetch("/enter", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }) });
  if (answer.ok) {
    location.replace((await answer.json()).to);
    return;
  }
  state.textContent = t("enter.wrong");
  state.className = "bad";
  form.hidden = false;
  form.querySelector("input").focus();
}

await speak(lang);
form.addEventListener("submit", (e) => {
  e.preventDefault();
  enter(document.getElementById("key").value.trim());
});
const key = new URLSearchParams(location.hash.slice(1)).get("k");
if (key) {
  history.replaceState(null, "", "/enter"); // the key does not stay in the address bar
  enter(key);
} else {
  form.hidden = false;
  document.getElementById("key").focus();
}
