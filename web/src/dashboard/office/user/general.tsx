// General settings of a user: who they are, their extension, how calls reach them.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { may, session } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Button, Card, Refusal } from '../../../parts/basic';
import { CheckField, SelectField, TextField } from '../../../parts/fields';
import { confirm, toast } from '../../../parts/over';
import { navigate } from '../../../parts/router';
import { aboutAny, useDoing } from '../doing';
import { ZoneField } from '../zones';
import { patchUser, type Held } from './ask';
import { ExtensionCard } from './extension';

export function UserGeneral(held: Held) {
  return (
    <div class="office-two">
      <div class="stack loose"><ExtensionCard key={held.user.extension} {...held} /><About {...held} /></div>
      <div class="stack loose"><Reach {...held} /><Delete {...held} /></div>
    </div>
  );
}

/** The fields of a form that differ from what is kept. */
export function changed<T extends object>(now: T, was: Record<keyof T, unknown>): Partial<T> {
  return Object.fromEntries(Object.entries(now).filter(([k, v]) => v !== was[k as keyof T])) as Partial<T>;
}

function About(held: Held) {
  const { user: u } = held;
  const [f, setF] = useState({ name: u.name, email: u.email, language: u.language, timezone: u.timezone });
  const doing = useDoing();
  const diff = changed(f, u);
  const why = !may('users:write') ? t('numbers.may_not') : Object.keys(diff).length === 0 ? t('numbers.nothing_changed') : undefined;
  const p = doing.problem;
  return (
    <Card title={t('numbers.user.about')}>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void doing.run('save', () => patchUser(held, diff), ''); }}>
        <TextField label={t('numbers.users.name')} maxLength={200} value={f.name} onValue={(name) => setF({ ...f, name })} error={p?.about('name')} />
        <TextField label={t('numbers.users.email')} type="email" value={f.email} onValue={(email) => setF({ ...f, email })} error={p?.about('email')} />
        <SelectField label={t('numbers.user.language')} value={f.language} onValue={(language) => setF({ ...f, language })} error={p?.about('language')} choices={[{ value: '', label: t('numbers.zone.account') }, { value: 'fr', label: 'Français' }, { value: 'en', label: 'English' }]} />
        <ZoneField label={t('numbers.settings.zone')} empty="" value={f.timezone} onValue={(timezone) => setF({ ...f, timezone })} error={p?.about('timezone')} />
        {p && !aboutAny(p, ['name', 'email', 'language', 'timezone']) && <Refusal problem={p} />}
        <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('core.save')}</Button></div>
      </form>
    </Card>
  );
}

/** How calls reach them. */
function Reach(held: Held) {
  const { user: u } = held;
  const was = { outgoing_only: u.outgoing_only, never_ring: u.never_ring, call_waiting: u.call_waiting, wrap_up_seconds: String(u.wrap_up_seconds), forward_to: u.forward_to ?? '', voicemail: u.voicemail !== null };
  const [f, setF] = useState(was);
  const doing = useDoing();
  const set = (part: Partial<typeof f>) => setF({ ...f, ...part });
  const diff = changed(f, was);
  const body: Schemas['UserPatch'] = {
    ...diff, wrap_up_seconds: undefined, voicemail: undefined, forward_to: undefined,
    ...(diff.wrap_up_seconds === undefined ? {} : { wrap_up_seconds: Number(diff.wrap_up_seconds) }),
    ...(diff.forward_to === undefined ? {} : { forward_to: diff.forward_to.replace(/[\s.\-()]/g, '') || null }),
    ...(diff.voicemail === undefined ? {} : { voicemail: diff.voicemail ? { greeting: 'voicemail_greeting', max_seconds: 180 } : null }),
  };
  const why = !may('users:write') ? t('numbers.may_not') : Object.keys(diff).length === 0 ? t('numbers.nothing_changed') : undefined;
  const p = doing.problem;
  return (
    <Card title={t('numbers.user.reach')}>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void doing.run('save', () => patchUser(held, body), ''); }}>
        <CheckField label={t('numbers.user.outgoing_only')} hint={t('numbers.user.outgoing_only_hint')} checked={f.outgoing_only} onValue={(outgoing_only) => set({ outgoing_only })} />
        <CheckField label={t('numbers.user.never_ring')} hint={t('numbers.user.never_ring_hint')} checked={f.never_ring} onValue={(never_ring) => set({ never_ring })} />
        <CheckField label={t('numbers.user.call_waiting')} hint={t('numbers.user.call_waiting_hint')} checked={f.call_waiting} onValue={(call_waiting) => set({ call_waiting })} />
        <CheckField label={t('numbers.user.voicemail')} hint={t('numbers.user.voicemail_hint')} checked={f.voicemail} onValue={(voicemail) => set({ voicemail })} />
        <TextField label={t('numbers.user.wrap_up')} hint={t('numbers.user.wrap_up_hint')} type="number" min={0} max={3600} value={f.wrap_up_seconds} onValue={(wrap_up_seconds) => set({ wrap_up_seconds })} error={p?.about('wrap_up_seconds')} />
        <TextField label={t('numbers.user.forward')} hint={t('numbers.user.forward_hint')} type="tel" value={f.forward_to} onValue={(forward_to) => set({ forward_to })} error={p?.about('forward_to')} />
        {p && !aboutAny(p, ['wrap_up_seconds', 'forward_to']) && <Refusal problem={p} />}
        <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('core.save')}</Button></div>
      </form>
    </Card>
  );
}

function Delete({ user: u, etag }: Held) {
  const doing = useDoing();
  const direct = (u.numbers ?? []).filter((n) => n.kind === 'direct');
  const self = session.value?.user?.id === u.id;
  const remove = async () => {
    const text = <div class="stack"><p>{t('numbers.user.delete_text', { extension: u.extension })}</p>{direct.length > 0 && <p class="strong">{t('numbers.user.delete_direct', { numbers: direct.map((n) => n.number_display).join(', ') })}</p>}</div>;
    if (!(await confirm(t('numbers.user.delete_title', { name: u.name }), text, t('core.delete')))) return;
    if (await doing.run('delete', () => api.delete('/api/v1/users/{id}', { path: { id: u.id }, ifMatch: etag }))) {
      toast(t('numbers.user.deleted', { name: u.name }), 'good');
      navigate('/dashboard/users', 'replace');
    }
  };
  return (
    <Card title={t('numbers.delete.card')}>
      <p class="soft">{t('numbers.user.delete_hint')}</p>
      {doing.problem && <Refusal problem={doing.problem} />}
      <div class="row"><Button icon="trash" busy={doing.busy !== ''} onClick={() => void remove()} why={!may('users:write') ? t('numbers.may_not') : self ? t('numbers.user.delete_self') : undefined}>{t('numbers.user.delete')}</Button></div>
    </Card>
  );
}

