// Account: the profile with the extension, the numbers, the number that is shown, and the password.
import { useEffect, useState } from 'preact/hooks';
import { api, Problem } from '../../api/client';
import { t } from '../../i18n/words';
import { Badge, Button, Card, Copy, Empty, Refusal, Spinner } from '../../parts/basic';
import { SelectField, TextField } from '../../parts/fields';
import { toast } from '../../parts/over';
import { useMe, type User } from '../state';

export function Account() {
  const me = useMe();
  if (!me.data) return me.problem ? <Refusal problem={me.problem} retry={me.refresh} /> : <Spinner />;
  return <><Profile me={me.data} again={me.refresh} /><Numbers me={me.data} again={me.refresh} /><Password /></>;
}

const problemOf = (e: unknown) => (e instanceof Problem ? e : new Problem(0, { code: 'page', title: String(e) }));

function Profile({ me, again }: { me: User; again: () => void }) {
  const [name, setName] = useState(me.name);
  const [zone, setZone] = useState(me.timezone ?? '');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => { setName(me.name); setZone(me.timezone ?? ''); }, [me.name, me.timezone]);
  const zones = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.patch('/api/v1/me', { body: { name: name.trim(), timezone: zone } });
      toast(t('core.saved'), 'good');
      again();
    } catch (e) {
      setProblem(problemOf(e));
    }
    setBusy(false);
  };
  const changed = name.trim() !== me.name || zone !== (me.timezone ?? '');
  return (
    <Card title={t('workspace.profile.title')}>
      <div class="extension-card">
        <span class="soft small">{t('workspace.profile.extension')}</span>
        <b class="num" data-test="extension">{me.extension || '—'}</b>
        {me.extension && <Copy text={me.extension} label={t('workspace.profile.copy')} />}
        <p class="small soft">{me.extension ? t('workspace.profile.extension_hint') : t('workspace.profile.no_extension')}</p>
      </div>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); if (changed) void save(); }}>
        {problem && !problem.about('name') && !problem.about('timezone') && <Refusal problem={problem} />}
        <TextField label={t('workspace.profile.name')} value={name} onValue={setName} error={problem?.about('name')} maxLength={200} required />
        <TextField label={t('workspace.profile.email')} value={me.email ?? ''} onValue={() => {}} readOnly hint={t('workspace.profile.email_hint')} />
        <SelectField label={t('workspace.profile.timezone')} value={zone} onValue={setZone} error={problem?.about('timezone')}
          choices={[{ value: '', label: t('workspace.profile.account_zone', { zone: me.account?.timezone ?? 'UTC' }) }, ...zones.map((z) => ({ value: z, label: z.replaceAll('_', ' ') }))]} />
        <div class="row"><Button kind="primary" type="submit" busy={busy} why={changed ? undefined : t('workspace.profile.nothing')}>{t('core.save')}</Button></div>
      </form>
    </Card>
  );
}

/** The numbers that one may show, and the one that is shown unless another is chosen (SPEC O1, O2). */
function Numbers({ me, again }: { me: User; again: () => void }) {
  const [problem, setProblem] = useState<Problem>();
  const list = me.numbers ?? [];
  const choose = async (number: string) => {
    setProblem(undefined);
    try {
      await api.patch('/api/v1/me', { body: { caller_id: number || null } });
      toast(t('core.saved'), 'good');
      again();
    } catch (e) {
      setProblem(problemOf(e));
    }
  };
  const kinds: Record<string, string> = { direct: t('workspace.profile.direct'), shared: t('workspace.profile.shared') };
  return (
    <Card title={t('workspace.profile.numbers')}>
      {problem && <Refusal problem={problem} />}
      {list.length === 0 ? <Empty icon="hash" title={t('workspace.profile.no_numbers')}>{t('workspace.profile.no_numbers_hint')}</Empty> : (
        <>
          <ul class="plain rows">{list.map((n) => <li key={n.id} class="row line"><span class="num strong">{n.number_display}</span><span class="grow soft cut" title={n.name}>{n.name}</span>{kinds[n.kind] && <Badge>{kinds[n.kind]}</Badge>}{n.default && <Badge tone="brand">{t('workspace.dial.default')}</Badge>}</li>)}</ul>
          <SelectField label={t('workspace.profile.caller_id')} hint={t('workspace.profile.caller_id_hint')} value={me.caller_id ?? ''} onValue={(v) => void choose(v)}
            choices={[...(me.caller_id ? [] : [{ value: '', label: t('workspace.profile.caller_id_auto') }]), ...list.map((n) => ({ value: n.number, label: `${n.number_display} · ${n.name}` }))]} />
        </>
      )}
    </Card>
  );
}

function Password() {
  const [now, setNow] = useState('');
  const [next, setNext] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api.put('/api/v1/me/password', { body: { current_password: now, password: next } });
      setNow('');
      setNext('');
      toast(t('workspace.profile.password_changed'), 'good');
    } catch (e) {
      setProblem(problemOf(e));
    }
    setBusy(false);
  };
  return (
    <Card title={t('workspace.profile.password')}>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); if (next) void save(); }}>
        {problem && !problem.about('current_password') && !problem.about('password') && <Refusal problem={problem} />}
        <TextField label={t('workspace.profile.password_now')} type="password" autocomplete="current-password" value={now} onValue={setNow} error={problem?.about('current_password')} />
        <TextField label={t('workspace.profile.password_new')} type="password" autocomplete="new-password" value={next} onValue={setNext} error={problem?.about('password')} />
        <div class="row"><Button type="submit" busy={busy} why={next ? undefined : t('core.login.fill')}>{t('workspace.profile.password_change')}</Button></div>
      </form>
    </Card>
  );
}
