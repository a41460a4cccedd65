// Telephone numbers in a page of others: links that call, and numbers in the text that become such links.

const linked = 'a[href^="tel:" i], a[href^="callto:" i]';
// An international number, or a French one: digits in groups, with what people put between them.
const number = /(?<![\w/+.-])(?:\+|00)[1-9](?:[ \u00a0\u202f.()-]{0,2}\d){7,14}(?![\w/]|[.-]\d)|(?<![\w/+.-])0[1-9](?:[ \u00a0\u202f.-]?\d\d){4}(?![\w/]|[.-]\d)/g;
const untouched = 'a, button, input, textarea, select, script, style, noscript, code, pre, [contenteditable], iframe, svg';

/** The number that a link leads to. */
export function numberOf(href: string): string {
  const bare = href.replace(/^(tel|callto):/i, '').split(/[;?]/)[0] ?? '';
  try {
    return decodeURIComponent(bare).replace(/[^\d+*#]/g, '');
  } catch {
    return bare.replace(/[^\d+*#]/g, '');
  }
}

/** The telephone numbers of a text: where each begins and ends. */
export function found(text: string): { from: number; to: number; number: string }[] {
  return [...text.matchAll(number)].map((m) => ({ from: m.index, to: m.index + m[0].length, number: m[0].replace(/[^\d+]/g, '').replace(/^00/, '+') }));
}

/** Takes clicks on links to telephone numbers. It returns what ends it. */
export function dial(call: (number: string, element: Element) => void): () => void {
  const click = (e: MouseEvent) => {
    const link = e.target instanceof Element ? e.target.closest(linked) : null;
    const to = link && numberOf(link.getAttribute('href') ?? '');
    if (!link || !to || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey) return;
    e.preventDefault();
    call(to, link);
  };
  document.addEventListener('click', click);
  return () => document.removeEventListener('click', click);
}

function mark(text: Text): void {
  const all = found(text.data);
  for (const one of all.reverse()) {
    const rest = text.splitText(one.from);
    rest.splitText(one.to - one.from);
    const a = document.createElement('a');
    a.href = `tel:${one.number}`;
    a.dataset['tandem'] = '';
    rest.replaceWith(a);
    a.append(rest);
  }
}

function walk(root: Node): void {
  const texts: Text[] = [];
  const w = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let n = w.nextNode(); n; n = w.nextNode()) if (!n.parentElement?.closest(untouched)) texts.push(n as Text);
  texts.forEach(mark);
}

/** Makes links of the numbers in an element, now and when it changes. It returns what ends it and takes them away. */
export function numbersIn(root: Element): () => void {
  const watch = new MutationObserver((all) => {
    watch.disconnect();
    for (const m of all) for (const n of m.addedNodes) {
      if (n instanceof Text && !n.parentElement?.closest(untouched)) mark(n);
      else if (n instanceof Element && !n.closest(untouched)) walk(n);
    }
    begin();
  });
  const begin = () => watch.observe(root, { childList: true, subtree: true });
  walk(root);
  begin();
  return () => {
    watch.disconnect();
    for (const a of root.querySelectorAll('a[data-tandem]')) a.replaceWith(...a.childNodes);
  };
}
