// The words of the page, in the reader's language: the same files that the server speaks from.
const known = ["en", "fr"];
export let lang = localStorage.getItem("lang") ?? known.find((l) => navigator.language.toLowerCase().startsWith(l)) ?? "en";
let words = {};

export async function speak(l) {
  if (!known.includes(l)) l = "en";
  const answer = await fetch(`/page/i18n/${l}.json`);
  words = await answer.json();
  lang = l;
  localStorage.setItem("lang", l);
  document.documentElement.lang = l;
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
}

export function otherLanguage() {
  return lang === "fr" ? "en" : "fr";
}

// t gives a sentence; {name} in it is replaced by args.name.
export function t(key, args = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => args[name] ?? "");
}
