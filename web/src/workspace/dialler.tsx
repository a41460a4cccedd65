// The dialler: a number, an extension or a name, and the number that is shown to whom is called.
import { signal } from '@preact/signals';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client';
import { useQuery } from '../api/query';
import { t } from '../i18n/words';
import { Avatar, Button, Icon, IconButton } from '../parts/basic';
import { SelectField } from '../parts/fields';
import * as phone from '../phone/phone';
import { keySound } from '../phone/sound';
import { attempt } from './act';
import { presenceOf, statusOf } from './show';
import { useSettled } from './settled';
import { myID, useColleagues } from './state';
import { dialled, isDiallable, isEmergency } from './words';

/** What stands in the dialler. */
const typed = signal('');
/** The number to show that was chosen for this call; empty: the usual one. */
const shownID = signal('');
/** Whom a choice was made for, so that the name can be shown while it rings. */
const named = signal<{ to: string; name: string } | null>(null);

/** Puts something into the dialler and calls nobody (SPEC O10). */
export function fillDialler(to: string, name = ''): void {
  typed.value = to;
  named.value = name ? { to, name } : null;
}

const keys: [string, string][] = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'], ['*', ''], ['0', '+'], ['#', '']];

/** Twelve keys of a telephone. */
export function Keypad({ onDigit, onLong }: { onDigit: (d: string) => void; onLong?: (d: string) => void }) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const long = useRef(false);
  return (
    <div class="keypad" role="group" aria-label={t('workspace.dial.keypad')}>
      {keys.map(([d, letters]) => (
        <button key={d} type="button" aria-label={d === '*' ? t('workspace.dial.star') : d === '#' ? t('workspace.dial.hash') : undefined}
          onPointerDown={() => { long.current = false; if (onLong && d === '0') timer.current = setTimeout(() => { long.current = true; onLong('+'); }, 550); }}
          onPointerUp={() => { if (timer.current) clearTimeout(timer.current); }}
          onClick={() => { if (!long.current) onDigit(d); long.current = false; }}>
          <b>{d}</b> <small>{letters}</small>
        </button>
      ))}
    </div>
  );
}

interface Hit { id: string; name: string; detail: string; to: string; presence?: 'available' | 'busy' | 'away' | 'offline'; why?: string }

/** Colleagues by name or extension, contacts by name or number. */
function useHits(text: string): Hit[] {
  const { users, status } = useColleagues();
  const [contacts, setContacts] = useState<Hit[]>([]);
  const plain = text.trim().toLowerCase();
  useEffect(() => {
    if (plain.length < 2) return setContacts([]);
    const stop = new AbortController();
    const wait = setTimeout(() => {
      api.get('/api/v1/contacts/search', { query: { q: plain, limit: 6 }, signal: stop.signal }).then((page) => setContacts((page.data ?? []).flatMap((c) => (c.numbers ?? []).map((n) => (
        { id: c.id + n.number, name: c.name, detail: [n.number_display, c.company].filter(Boolean).join(' · '), to: n.number }
      ))).slice(0, 6)), () => undefined);
    }, 180);
    return () => { stop.abort(); clearTimeout(wait); };
  }, [plain]);
  if (!plain) return [];
  const mates = users.filter((u) => u.id !== myID() && u.extension && (u.extension.startsWith(plain) || (plain.length > 1 && u.name.toLowerCase().includes(plain)))).slice(0, 5);
  return [...mates.map((u) => ({ id: u.id, name: u.name, detail: `${u.extension} · ${statusOf(status.get(u.id))}`, to: u.extension, presence: presenceOf(status.get(u.id)) })), ...contacts];
}

/** The numbers that I may show, the one to be offered first: that which I showed last to whom is dialled, or else my usual one (SPEC O1 to O3). */
function useCallerIDs(text: string): Schemas['CallerID'][] {
  const to = useSettled(isDiallable(text) ? dialled(text) : '', 300);
  const [kept, setKept] = useState<Schemas['CallerID'][]>([]);
  const now = useQuery(`caller-ids:${to}`, (signal) => api.get('/api/v1/me/caller-ids', { query: to ? { to } : {}, signal }), ['user.updated', 'number.*', 'team.updated']).data?.data;
  useEffect(() => { if (now) setKept(now); }, [now]);
  return now ?? kept;
}

export function Dialler() {
  const id = useId();
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const text = typed.value;
  const hits = useHits(text);
  const shown = open ? hits : [];
  const numbers = useCallerIDs(text);
  const offered = numbers.find((n) => n.id === shownID.value) ?? numbers[0];
  const go = async (to: string, name = '') => {
    setOpen(false);
    setBusy(true);
    const done = await attempt(() => phone.dial(dialled(to), { number: offered?.number, name: name || (named.value?.to === to ? named.value.name : '') }));
    setBusy(false);
    if (!done) return;
    fillDialler('');
    shownID.value = '';
  };
  const pick = (h: Hit | undefined) => { if (h) void go(h.to, h.name); };
  const press = (d: string) => { keySound(d); typed.value += d; };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setOpen(true);
      if (hits.length > 0) setAt((at + (e.key === 'ArrowDown' ? 1 : -1) + hits.length) % hits.length);
    } else if (e.key === 'Escape' && open) setOpen(false);
    else if (e.key === 'Enter') {
      e.preventDefault();
      if (at >= 0 && shown[at]) pick(shown[at]);
      else if (isDiallable(text)) void go(text);
      else if (hits.length > 0) pick(hits[0]);
    }
  };
  const why = !text.trim() ? t('workspace.dial.why_empty') : phone.line.value !== 'on' ? t('workspace.phone.not_registered') : !isDiallable(text) && hits.length === 0 ? t('workspace.phone.number') : undefined;
  return (
    <section class="dialler" aria-label={t('workspace.dial.title')}>
      <div class="dial-box">
        <label for="dial-to" class="sr">{t('workspace.dial.to')}</label>
        <input id="dial-to" type="text" inputMode="tel" autocomplete="off" spellcheck={false} role="combobox" aria-expanded={shown.length > 0} aria-controls={`${id}-hits`} aria-autocomplete="list"
          aria-activedescendant={shown[at] ? `${id}-${at}` : undefined} placeholder={t('workspace.dial.placeholder')} value={text} maxLength={64}
          onInput={(e) => { typed.value = e.currentTarget.value; named.value = null; setOpen(true); setAt(-1); }}
          onPaste={(e) => {
            const pasted = e.clipboardData?.getData('text') ?? '';
            if (!isDiallable(pasted)) return;
            e.preventDefault();
            typed.value = dialled(pasted);
          }}
          onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={onKey} />
        {text && <IconButton icon="close" small label={t('workspace.dial.clear')} onClick={() => fillDialler('')} />}
        <ul id={`${id}-hits`} role="listbox" aria-label={t('workspace.dial.found')} hidden={shown.length === 0} class="dial-hits">
          {shown.map((h, i) => (
            <li key={h.id} id={`${id}-${i}`} role="option" aria-selected={i === at} class={i === at ? 'at' : ''} onMouseDown={(e) => { e.preventDefault(); pick(h); }} onMouseMove={() => setAt(i)}>
              <Avatar name={h.name} size={30} presence={h.presence} /><span class="grow stack tight"><span class="cut strong">{h.name}</span><span class="cut soft small">{h.detail}</span></span><Icon name="phone" size={16} />
            </li>
          ))}
        </ul>
      </div>
      <Keypad onDigit={press} onLong={(d) => { typed.value += d; }} />
      <Button kind="good" icon="phone" class="call-button" busy={busy} why={why} onClick={() => { if (isDiallable(text)) void go(text); else pick(hits[0]); }}>{t('workspace.dial.call')}</Button>
      {numbers.length > 0 && (
        <SelectField label={t('workspace.dial.show_as')} value={offered?.id ?? ''} onValue={(v) => { shownID.value = v; }}
          choices={numbers.map((n) => ({ value: n.id, label: `${n.number_display} · ${n.name}${n.last_used_at ? ` (${t('workspace.dial.last_used')})` : n.default ? ` (${t('workspace.dial.default')})` : ''}` }))} />
      )}
      <p class={`hint emergency ${isEmergency(text) ? 'warn' : ''}`}><Icon name={isEmergency(text) ? 'warning' : 'info'} size={14} /> <span>{t('workspace.dial.emergency')}</span></p>
    </section>
  );
}
