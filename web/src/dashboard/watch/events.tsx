// What happens, as it happens: the events that programs get, with filters and a pause.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client';
import { hear, streaming } from '../../api/events';
import { t, when } from '../../i18n/words';
import { Badge, Button, Copy, Empty, type Tone } from '../../parts/basic';
import { SelectField, TextField } from '../../parts/fields';
import { DeveloperHead } from './developers';

/** The families of events, those that people look for first. */
export const eventFamilies = ['call', 'message', 'user', 'conversation', 'notification', 'number', 'flow', 'trunk', 'voicemail', 'contact', 'device', 'esim', 'usage', 'team', 'connector', 'operator', 'webhook', 'api_key', 'account', 'audio', 'tag', 'security', 'system'];
const keeps = 500;

export interface Told { id: string; type: string; subject: string; seq: number; timestamp: string; data: unknown }

/** The events that a family and a text leave: the text may stand in the type, the subject or the data. */
export function sift(all: Told[], family: string, text: string): Told[] {
  const wanted = text.trim().toLowerCase();
  return all.filter((e) => (!family || e.type.startsWith(`${family}.`)) && (!wanted || e.type.includes(wanted) || e.subject.toLowerCase().includes(wanted) || JSON.stringify(e.data).toLowerCase().includes(wanted)));
}

/** The newest first, each once, no more than are kept. */
export function joined(all: Told[], more: Told[]): Told[] {
  const seen = new Set(more.map((e) => e.id));
  return [...more, ...all.filter((e) => !seen.has(e.id))].slice(0, keeps);
}

const tones: Record<string, Tone> = { call: 'brand', message: 'info', trunk: 'warn', webhook: 'warn', security: 'bad' };

export function Events() {
  const [all, setAll] = useState<Told[]>([]);
  const [family, setFamily] = useState('');
  const [text, setText] = useState('');
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(0);
  const waiting = useRef<Told[]>([]);
  const still = useRef(false);
  still.current = paused;
  useEffect(() => {
    const stop = new AbortController();
    void api.get('/api/v1/events/log', { query: { limit: 50 }, signal: stop.signal }).then((p) => setAll((was) => joined((p.data ?? []) as Told[], was)), () => undefined);
    let due: ReturnType<typeof setTimeout> | undefined;
    const off = hear(['*'], (e) => {
      if (e.type === 'reset') return;
      waiting.current.unshift({ id: e.id, type: e.type, subject: e.subject, seq: e.seq, timestamp: e.timestamp, data: e.data });
      waiting.current.length = Math.min(waiting.current.length, keeps);
      due ??= setTimeout(() => { // a burst is shown at once
        due = undefined;
        if (still.current) setHeld(waiting.current.length);
        else show();
      }, 120);
    });
    return () => { stop.abort(); clearTimeout(due); off(); };
  }, []);
  const show = () => {
    const more = waiting.current;
    waiting.current = [];
    setHeld(0);
    setAll((was) => joined(was, more));
  };
  const rows = useMemo(() => sift(all, family, text), [all, family, text]);
  return (
    <>
      <DeveloperHead at="/dashboard/developers/events" />
      <div class="row wrap console-head">
        <div class="console-field"><SelectField label={t('dashboard.events.family')} value={family} onValue={setFamily} choices={[{ value: '', label: t('dashboard.calls.any') }, ...eventFamilies.map((f) => ({ value: f, label: `${f}.*` }))]} /></div>
        <div class="console-field grow"><TextField type="search" label={t('dashboard.events.text')} value={text} onValue={setText} placeholder={t('dashboard.events.text_hint')} /></div>
        <Button icon={paused ? 'play' : 'pause'} aria-pressed={paused} onClick={() => { if (paused) show(); setPaused(!paused); }}>{paused ? t('dashboard.events.go_on', { n: held }) : t('dashboard.events.pause')}</Button>
        <Button icon="trash" kind="quiet" onClick={() => setAll([])}>{t('dashboard.events.clear')}</Button>
        <Badge tone={streaming.value === 'open' ? (paused ? 'warn' : 'good') : 'bad'} icon="live">{t(streaming.value === 'open' ? (paused ? 'dashboard.events.paused' : 'dashboard.events.live') : 'dashboard.events.lost')}</Badge>
      </div>
      {rows.length === 0 ? <Empty icon="live" title={t('dashboard.events.none')}>{t('dashboard.events.none_text')}</Empty> : <ul class="plain console">{rows.slice(0, 200).map((e) => <Line key={e.id} event={e} />)}</ul>}
      <details class="more-fields"><summary>{t('dashboard.events.by_curl')}</summary><pre class="code" tabIndex={0}>{`curl -N -H "Authorization: Bearer pk_…" ${location.origin}/api/v1/events${family ? `?types=${family}.*` : ''}`}</pre></details>
    </>
  );
}

function Line({ event: e }: { event: Told }) {
  const [open, setOpen] = useState(false);
  const json = open ? JSON.stringify(e.data, null, 2) : '';
  return (
    <li>
      <button type="button" class="now-line as-row" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time class="num small soft" dateTime={e.timestamp} title={when(e.timestamp, 'exact')}>{new Date(e.timestamp).toLocaleTimeString([], { hour12: false })}</time>
        <Badge tone={tones[e.type.split('.')[0] ?? ''] ?? 'soft'}>{e.type}</Badge><span class="grow cut small soft">{summary(e.data)}</span>
      </button>
      {open && <div class="console-open"><Copy text={json} label={t('dashboard.dev.copy')} /><pre class="code" tabIndex={0}>{json}</pre></div>}
    </li>
  );
}

/** A few words of what an event is about, without its ids. */
export function summary(data: unknown): string {
  const d = (data ?? {}) as Record<string, unknown>;
  const name = (v: unknown) => (v && typeof v === 'object' ? String((v as { name?: unknown }).name ?? '') : '');
  const parts = [d['from_display'] && d['to_display'] ? `${String(d['from_display'])} → ${String(d['to_display'])}` : '', name(d['number']), name(d['user']), typeof d['status'] === 'string' ? d['status'] : '', typeof d['state'] === 'string' ? d['state'] : '', typeof d['name'] === 'string' ? d['name'] : ''];
  return parts.filter(Boolean).join(' · ');
}
