// The forms of the nodes that reach somebody: Ring to, Redirect to, Ring to by a program.
import { useState } from 'preact/hooks';
import { api } from '../../api/client';
import { useQuery } from '../../api/query';
import { t } from '../../i18n/words';
import { Avatar, Banner, Icon } from '../../parts/basic';
import { CheckField, Picker, Segments, SelectField, TextField, type Found } from '../../parts/fields';
import { useDesk } from '../desk';
import { sentence } from '../tell';
import type { FormProps } from './forms';
import { SecondsField, useSet } from './fields';

/** Rings one user or one team (SPEC R1); on a direct number its own user (SPEC D7). */
export function RingForm({ node }: FormProps) {
  const { draft, names, palette } = useDesk();
  const set = useSet(node);
  const c = node.config ?? {};
  const target = (c['target'] ?? {}) as { user?: string; users?: string[]; team?: string };
  const users = target.users ?? (target.user ? [target.user] : []);
  const why = (what: string) => {
    const text = palette.find((w) => w.type === 'ring_to' && w.target === what && !w.allowed)?.text;
    return text && sentence(text);
  };
  const direct = new Set((draft.flow.value?.direct_users ?? []).map((u) => u.id));
  const others = why('other_user');
  const teams = why('team');
  const found: Found[] = [
    ...names.users.map((u) => ({ id: `u ${u.id}`, label: u.name, detail: u.extension, lead: <Avatar name={u.name} size={24} />, why: others && !direct.has(u.id) ? others : undefined })),
    ...names.teams.map((x) => ({ id: `t ${x.id}`, label: x.name, detail: t('flow.pick.members', { n: (x.user_ids ?? []).length }), lead: <Icon name="team" />, why: teams })),
  ].sort((a, b) => Number(Boolean(a.why)) - Number(Boolean(b.why)));
  const pick = (f: Found) => set({ target: f.id.startsWith('t ') ? { team: f.id.slice(2) } : { users: [f.id.slice(2)] } });
  const oneByOne = c['rule'] === 'random' || c['rule'] === 'longest_idle';
  const chosen = target.team ? names.team(target.team) : users.map(names.user).join(', ');
  return (
    <>
      <Picker key={`${chosen} ${names.ready}`} label={t('flow.ring.whom')} hint={others ? t('flow.ring.direct') : undefined} placeholder={t('flow.pick.first_letter')} chosen={chosen} found={found} onPick={pick} />
      {(target.team || users.length > 1) && (
        <SelectField label={t('flow.ring.rule')} hint={t(`flow.ring.hint.${(c['rule'] as 'simultaneous') ?? 'simultaneous'}`)} value={String(c['rule'] ?? 'simultaneous')} onValue={(rule) => set({ rule })}
          choices={[{ value: 'simultaneous', label: t('flow.ring.simultaneous') }, { value: 'random', label: t('flow.ring.random') }, { value: 'longest_idle', label: t('flow.ring.longest_idle') }]} />
      )}
      <div class="flow-two">
        <SecondsField label={t('flow.ring.for')} value={Number(c['ring_for_seconds'] ?? 0)} low={5} high={3600} onValue={(v) => set({ ring_for_seconds: v }, 'for')} />
        {oneByOne && <SecondsField label={t('flow.ring.each')} value={Number(c['ring_user_seconds'] ?? 30)} low={5} high={3600} onValue={(v) => set({ ring_user_seconds: v }, 'each')} />}
      </div>
      <CheckField label={t('flow.ring.busy')} hint={t('flow.ring.busy_hint')} checked={Boolean(c['ring_even_if_busy'])} onValue={(v) => set({ ring_even_if_busy: v })} />
    </>
  );
}

const isNumber = /^\+[1-9][0-9]{6,14}$/;

/** A number outside, as it is typed; the server says how it is written. */
export function ExternalField({ value, onValue, label, hint }: { value: string; onValue: (v: string) => void; label: string; hint?: string }) {
  const [text, setText] = useState(value);
  const tidy = text.replace(/[\s().-]/g, '').replace(/^00/, '+');
  const shown = useQuery(`format ${isNumber.test(tidy) ? tidy : ''}`, async (signal) => (isNumber.test(tidy) ? (await api.get('/api/v1/format' as never, { query: { number: tidy }, signal } as never)) as { display?: string } : {}));
  return <TextField type="tel" label={label} hint={shown.data?.display && shown.data.display !== text ? shown.data.display : hint} value={text} placeholder="+33 1 99 00 12 34" error={text && !isNumber.test(tidy) ? t('flow.redirect.bad_number') : undefined}
    onValue={(v) => { setText(v); onValue(v.replace(/[\s().-]/g, '').replace(/^00/, '+')); }} />;
}

/** Ends the flow by calling somebody else (SPEC R1, D9). */
export function RedirectForm({ node }: FormProps) {
  const { names, palette } = useDesk();
  const set = useSet(node);
  const c = node.config ?? {};
  const [way, setWay] = useState(c['number'] !== undefined ? 'number' : c['sip'] !== undefined ? 'sip' : 'external');
  const only = (key: 'number' | 'external' | 'sip', v: string, about?: string) => set({ number: undefined, external: undefined, sip: undefined, [key]: v }, about);
  const why = (what: string) => palette.find((w) => w.type === 'redirect' && w.target === what && !w.allowed)?.text;
  return (
    <>
      <Segments label={t('flow.redirect.way')} value={way} onValue={setWay} choices={[{ value: 'number', label: t('flow.redirect.number') }, { value: 'external', label: t('flow.redirect.external') }, { value: 'sip', label: t('flow.redirect.sip') }]} />
      {way === 'number' && <Picker key={`${String(c['number'])} ${names.ready}`} label={t('flow.redirect.which')} placeholder={t('flow.redirect.which_hint')} chosen={c['number'] ? names.number(String(c['number'])) : ''}
        found={names.numbers.map((n) => ({ id: n.id, label: n.name ? `${n.name} · ${n.display}` : n.display, detail: t(`flow.number_kind.${n.kind as 'shared'}`), lead: <Icon name="hash" size={16} />, why: why('number') }))} onPick={(f) => only('number', f.id)} />}
      {way === 'external' && <ExternalField label={t('flow.redirect.external_number')} hint={t('flow.redirect.external_hint')} value={String(c['external'] ?? '')} onValue={(v) => only('external', v, 'external')} />}
      {way === 'sip' && <TextField label={t('flow.redirect.sip_address')} placeholder="sip:support@example.com" value={String(c['sip'] ?? '')} error={c['sip'] && !/^sips?:[^@\s]+@[^@\s]+$/.test(String(c['sip'])) ? t('flow.redirect.bad_sip') : undefined} onValue={(v) => only('sip', v.trim(), 'sip')} />}
      <SecondsField label={t('flow.ring.for')} value={Number(c['ring_for_seconds'] || 60)} low={5} high={3600} onValue={(v) => set({ ring_for_seconds: v }, 'for')} />
      <Banner>{t('flow.redirect.ends')}</Banner>
    </>
  );
}

/** Asks a program where the call goes. */
export function RingToAPIForm({ node }: FormProps) {
  const set = useSet(node);
  const c = node.config ?? {};
  const target = (c['target'] ?? {}) as Record<string, string>;
  const path = (key: 'user' | 'team' | 'number' | 'external') => (
    <TextField key={key} label={t(`flow.api.${key}`)} class="mono" placeholder={`$.target.${key}`} value={target[key] ?? ''} error={target[key] && !target[key].startsWith('$') ? t('flow.api.bad_path') : undefined}
      onValue={(v) => { const next = { ...target, [key]: v.trim() }; if (!v.trim()) delete next[key]; set({ target: Object.keys(next).length ? next : undefined }, `path ${key}`); }} />
  );
  return (
    <>
      <TextField type="url" label={t('flow.api.url')} hint={t('flow.api.url_hint')} placeholder="https://crm.example.com/route" value={String(c['url'] ?? '')} error={c['url'] && !/^https?:\/\/[^/\s]+/.test(String(c['url'])) ? t('flow.api.bad_url') : undefined} onValue={(v) => set({ url: v.trim() }, 'url')} />
      <div class="flow-two">
        <SecondsField label={t('flow.api.timeout')} value={Number(c['timeout_seconds'] ?? 3)} low={0.5} high={10} step={0.5} onValue={(v) => set({ timeout_seconds: v }, 'timeout')} />
        <SecondsField label={t('flow.ring.for')} value={Number(c['ring_for_seconds'] ?? 30)} low={5} high={3600} onValue={(v) => set({ ring_for_seconds: v }, 'for')} />
      </div>
      <CheckField label={t('flow.ring.busy')} hint={t('flow.ring.busy_hint')} checked={Boolean(c['ring_even_if_busy'])} onValue={(v) => set({ ring_even_if_busy: v })} />
      <details class="flow-details"><summary>{t('flow.api.paths')}</summary><p class="soft small">{t('flow.api.paths_hint')}</p><div class="stack">{(['user', 'team', 'number', 'external'] as const).map(path)}</div></details>
      <details class="flow-details"><summary>{t('flow.api.answer')}</summary><pre class="small">{'{"target": {"user": "…"},\n "ring_for_seconds": 30}'}</pre><p class="soft small">{t('flow.api.answer_hint')}</p></details>
    </>
  );
}
