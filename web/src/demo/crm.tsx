// The page of the example CRM. It knows the phone by embed.js alone, as any page of others does.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Phone } from '../embed';
import { ago, clock, language, languageOf, needWords, setLanguage, t } from '../i18n/words';
import { Avatar, Badge, Banner, Button, Empty, Icon } from '../parts/basic';
import { activity, byNumber, customers, note, type Activity, type Customer } from './customers';

const chosen = signal<Customer>(customers[0]!);
const phone = signal<Phone | null>(null);
const trouble = signal('');
const ringing = signal<{ number: string; name: string } | null>(null);

interface Told { peer?: string; number?: string; direction?: string; from?: string; to?: string; talk_seconds?: number; notes?: string[]; tags?: string[]; outcome?: string }

function popUp(number: string) {
  const who = byNumber(number);
  if (who) chosen.value = who;
}

/** What a page of others does with the phone. */
function wire(p: Phone) {
  p.setContactMatcher((number) => {
    const who = byNumber(number);
    if (!who) return null;
    const open = who.tickets.filter((x) => x.open);
    return {
      name: who.name, url: `#${who.id}`,
      fields: [{ label: t('demo.crm.company'), value: who.company || who.town }, ...open.slice(0, 2).map((x) => ({ label: x.id, value: x.subject[language.value] }))],
    };
  });
  p.setCallLogger((call) => {
    const c = call as Told;
    const inbound = c.direction === 'inbound';
    const who = byNumber((inbound ? c.from : c.to) ?? '');
    if (who) note(who.id, { at: new Date().toISOString(), kind: 'call', inbound, seconds: c.talk_seconds ?? 0, text: (c.notes ?? []).join('\n'), tags: c.tags ?? [] });
  });
  p.on('call.ringing', (c) => {
    const number = String((c as Told).peer ?? '');
    ringing.value = { number, name: byNumber(number)?.name ?? number };
    popUp(number);
  });
  for (const type of ['call.answered', 'call.ended']) p.on(type, () => { ringing.value = null; });
  p.on('navigate.contact', (x) => { chosen.value = customers.find((c) => `#${c.id}` === (x as { url?: string }).url) ?? chosen.value; });
}

function Row({ c }: { c: Customer }) {
  const open = c.tickets.filter((x) => x.open).length;
  return (
    <li><button type="button" class="crm-row" aria-current={chosen.value.id === c.id ? 'true' : undefined} onClick={() => { chosen.value = c; }}>
      <Avatar name={c.name} size={34} /><span class="grow stack tight"><span class="cut strong">{c.name}</span><span class="cut small soft">{c.company || c.town}</span></span>
      {open > 0 && <span class="small soft num" title={t('demo.crm.open_tickets', { n: open })}>{open}</span>}
    </button></li>
  );
}

function List() {
  const [find, setFind] = useState('');
  const simple = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const shown = customers.filter((c) => simple(`${c.name} ${c.company} ${c.town} ${c.shown}`).includes(simple(find)));
  return (
    <nav class="crm-list" aria-label={t('demo.crm.customers')}>
      <input type="search" aria-label={t('core.search')} placeholder={t('core.search')} value={find} onInput={(e) => setFind(e.currentTarget.value)} />
      <ul class="plain">{shown.map((c) => <Row key={c.id} c={c} />)}</ul>
      {shown.length === 0 && <Empty icon="search" title={t('core.nothing_found')} />}
    </nav>
  );
}

function Line({ a }: { a: Activity }) {
  return (
    <li class="crm-line"><Icon name={a.kind === 'note' ? 'note' : a.inbound ? 'in' : 'out'} />
      <div class="grow stack tight"><p class="row between wrap"><span>{a.kind === 'note' ? t('demo.crm.note') : t(a.inbound ? 'demo.crm.call_in' : 'demo.crm.call_out', { time: clock(a.seconds ?? 0) })}</span><span class="small soft">{ago(a.at)}</span></p>
        {a.text && <p class="wrap-any crm-text">{a.text}</p>}{(a.tags?.length ?? 0) > 0 && <p class="row wrap">{a.tags!.map((x) => <Badge key={x} icon="tag">{x}</Badge>)}</p>}</div></li>
  );
}

function Detail() {
  const c = chosen.value;
  const [text, setText] = useState('');
  const all = activity.value[c.id] ?? [];
  return (
    <main class="crm-detail">
      {ringing.value && <Banner tone="good">{t('demo.crm.rings', { name: ringing.value.name })}</Banner>}
      <header class="row wrap between">
        <div class="row"><Avatar name={c.name} size={56} /><div class="stack tight"><h1 class="row wrap">{c.name} {c.vip && <Badge tone="info" icon="star">{t('demo.crm.vip')}</Badge>}</h1><p class="soft">{[c.company, c.town].filter(Boolean).join(' · ')}</p></div></div>
        <a class="btn primary" href={`tel:${c.number}`}><Icon name="phone" /> {c.shown}</a>
      </header>
      <section class="card"><h2>{t('demo.crm.tickets')}</h2>
        {c.tickets.length === 0 ? <p class="soft">{t('demo.crm.no_tickets')}</p> : <ul class="plain stack">{c.tickets.map((x) => <li key={x.id} class="row between"><span class="row"><code>{x.id}</code> {x.subject[language.value]}</span><Badge tone={x.open ? 'warn' : 'good'}>{t(x.open ? 'demo.crm.open' : 'demo.crm.closed')}</Badge></li>)}</ul>}</section>
      <section class="card"><h2>{t('demo.crm.activity')}</h2>
        <form class="row" onSubmit={(e) => { e.preventDefault(); if (!text.trim()) return; note(c.id, { at: new Date().toISOString(), kind: 'note', text: text.trim() }); setText(''); }}>
          <input type="text" class="grow" aria-label={t('demo.crm.write')} placeholder={t('demo.crm.write')} maxLength={500} value={text} onInput={(e) => setText(e.currentTarget.value)} /><Button type="submit" icon="plus">{t('core.add')}</Button></form>
        {all.length === 0 ? <p class="soft">{t('demo.crm.no_activity')}</p> : <ul class="plain stack">{all.map((a) => <Line key={a.at} a={a} />)}</ul>}</section>
    </main>
  );
}

function CRM() {
  return (
    <div class="crm">
      <header class="crm-head"><p class="strong row"><Icon name="people" /> {t('demo.crm.title')}</p><p class="small">{t('demo.crm.about')}</p></header>
      <List /><Detail />
      <aside class="crm-phone" aria-label={t('demo.crm.phone')}>{trouble.value && <Banner tone="bad">{trouble.value}</Banner>}<div id="phone" /></aside>
    </div>
  );
}

/** Shows the page, and brings the phone of its other origin into it. */
export async function begin(): Promise<void> {
  const query = new URLSearchParams(location.search);
  language.value = languageOf(query.get('lang'), navigator.language);
  const theme = query.get('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  await needWords('core', 'demo');
  await setLanguage(language.value);
  document.documentElement.lang = language.value;
  document.title = t('demo.crm.title');
  render(<CRM />, document.getElementById('page')!);
  try {
    const { home } = (await (await fetch('/home.json')).json()) as { home: string };
    const loader = (await import(`${home}/embed.js`)) as { Phone: typeof Phone };
    const p = await loader.Phone.mount('#phone', { size: 'auto', locale: language.value, theme: theme === 'light' || theme === 'dark' ? theme : 'auto', clickToDial: 'links' });
    phone.value = p;
    wire(p);
  } catch (e) {
    trouble.value = t('demo.crm.no_phone', { why: (e as { code?: string }).code ?? String(e) });
  }
}
