// The page of the virtual handset: the phone, and beside it what happens in the world outside.
import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { t, when } from '../i18n/words';
import { Banner, Button, Empty, Icon, Refusal, Spinner } from '../parts/basic';
import { Switch } from '../parts/fields';
import type { IconName } from '../parts/icons';
import { Keypad, Recents } from './dialler';
import { OfficeApp } from './officeapp';
import { Talk } from './talk';
import { Texts } from './texts';
import { act, handset, link, refused, type Handset } from './state';
import { serverNow } from '../api/time';

type App = 'keypad' | 'recents' | 'texts' | 'office';
const app = signal<App>('keypad');
/** When each list was last looked at: what came since is new. */
const seen = signal<Record<'recents' | 'texts', string>>({ recents: new Date(serverNow()).toISOString(), texts: new Date(serverNow()).toISOString() });

function StatusBar({ h }: { h: Handset }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const i = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(i);
  }, []);
  const bars = h.power === 'off' || h.coverage === 'uncovered' ? 0 : 4;
  const words = h.power === 'off' ? t('demo.handset.airplane') : bars ? t('demo.handset.signal') : t('demo.handset.no_signal');
  return (
    <div class="statusbar">
      <span class="num">{when(now, 'time')}</span>
      <span class="row">{h.power === 'off' ? <Icon name="send" size={14} /> : <span class="bars" aria-hidden="true">{[1, 2, 3, 4].map((n) => <i key={n} class={n <= bars ? 'on' : ''} />)}</span>}<span class="small">{words}</span></span>
    </div>
  );
}

function Apps({ h }: { h: Handset }) {
  const missed = h.calls.filter((c) => c.kind === 'missed' && c.at > seen.value.recents).length;
  const news = h.texts.filter((x) => x.direction === 'inbound' && x.at > seen.value.texts).length;
  const all: [App, IconName, string, number][] = [
    ['keypad', 'keypad', t('demo.handset.keypad'), 0], ['recents', 'history', t('demo.handset.recents'), missed], ['texts', 'chat', t('demo.handset.messages'), news], ['office', 'home', t('demo.app.tab'), 0],
  ];
  return (
    <nav class="apps" aria-label={t('demo.handset.apps')}>
      {all.map(([name, icon, label, n]) => (
        <button key={name} type="button" aria-current={app.value === name ? 'page' : undefined} onClick={() => { app.value = name; }}>
          <Icon name={icon} /><span>{label}{n > 0 && <span class="count">{n}</span>}</span>
        </button>
      ))}
    </nav>
  );
}

function Device({ h }: { h: Handset }) {
  useEffect(() => { // what is in sight is no news
    const name = app.value;
    if (name === 'recents' || name === 'texts') seen.value = { ...seen.value, [name]: new Date(serverNow()).toISOString() };
  }, [app.value, h.calls.length, h.texts.length]);
  return (
    <section class="device" aria-label={t('demo.handset.of', { name: h.owner })}>
      <StatusBar h={h} />
      {refused.value && <div class="device-banner"><Banner tone="bad" onClose={() => { refused.value = null; }}>{refused.value.detail || refused.value.title}</Banner></div>}
      <div class="screen">{app.value === 'keypad' ? <Keypad /> : app.value === 'recents' ? <Recents /> : app.value === 'texts' ? <Texts /> : <OfficeApp />}</div>
      <Apps h={h} />
      {h.call && <Talk call={h.call} />}
    </section>
  );
}

function Outside({ h }: { h: Handset }) {
  return (
    <aside class="outside" aria-labelledby="outside">
      <p class="brandmark"><img src="/page/icon.svg" alt="" width="24" height="24" /> Tandem</p>
      <h1 id="outside">{t('demo.handset.of', { name: h.owner })}</h1>
      <p class="soft">{t('demo.handset.about', { number: h.number_display })}</p>
      <div class="stack">
        <Button kind="primary" icon="phone" onClick={() => void act('customer_calls')}>{t('demo.handset.customer_calls')}</Button>
        <Button icon="chat" onClick={() => void act('customer_writes')}>{t('demo.handset.customer_writes')}</Button>
      </div>
      <div class="stack">
        <Switch label={t('demo.handset.airplane')} checked={h.power === 'off'} onValue={(v) => void act(v ? 'power_off' : 'power_on')} />
        <Switch label={t('demo.handset.cellar')} checked={h.coverage === 'uncovered'} onValue={(v) => void act(v ? 'uncover' : 'cover')} />
      </div>
      <ul class="soft small tips"><li>{t('demo.handset.tip_rings')}</li><li>{t('demo.handset.tip_texts')}</li><li>{t('demo.handset.tip_magic')}</li></ul>
    </aside>
  );
}

/** The whole page. */
export function HandsetPage() {
  const h = handset.value;
  if (link.value === 'stranger') {
    location.replace(`/login?to=${encodeURIComponent('/handset')}`);
    return <Spinner />;
  }
  if (link.value === 'none') return <main class="bench"><Empty icon="mobile" title={t('demo.handset.none')}>{t('demo.handset.none_text')}</Empty></main>;
  if (!h) return link.value === 'lost' ? <main class="bench"><Refusal problem={{ code: 'offline', title: '', detail: '' }} /></main> : <Spinner />;
  return (
    <main class="bench">
      {link.value === 'lost' && <div class="bench-lost"><Banner tone="warn">{t('core.stream_lost')}</Banner></div>}
      <Device h={h} />
      <Outside h={h} />
    </main>
  );
}
