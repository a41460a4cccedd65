// Somebody's extension: what is free, and what a change means (SPEC X1, X14, X16, X26).
import { useState } from 'preact/hooks';
import { api } from '../../../api/client';
import { useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Button, Card, Icon, Refusal } from '../../../parts/basic';
import { TextField } from '../../../parts/fields';
import { useDoing, useLater } from '../doing';
import { change, type Held } from './ask';

/** Whether an extension is free, while it is typed. */
export function ExtensionHint({ extension, own }: { extension: string; own?: string }) {
  const later = useLater(extension, 250);
  const whole = /^\d{3}$/.test(later) && later !== own;
  const asked = useQuery(whole ? `extension:${later}` : 'extension:', async (signal) => (whole ? api.get('/api/v1/extensions/{extension}', { path: { extension: later }, signal }) : null), ['user.created', 'user.updated', 'user.deleted']);
  if (!/^\d{3}$/.test(extension)) return <p class="hint">{t('numbers.extension.three')}</p>;
  if (extension === own) return <p class="hint">{t('numbers.extension.own')}</p>;
  const e = asked.data;
  if (!e || e.extension !== extension) return <p class="hint">…</p>;
  if (e.status === 'free') return <p class="hint good row"><Icon name="check" size={14} />{t('numbers.extension.free', { extension })}</p>;
  if (e.status === 'taken') return <p class="hint warn">{t('numbers.extension.taken', { extension, name: e.user?.name ?? '' })}</p>;
  return <p class="hint warn">{t(e.status === 'resting' ? 'numbers.extension.resting' : 'numbers.extension.emergency', { extension })}</p>;
}

export function ExtensionCard({ user: u, etag }: Held) {
  const [extension, setExtension] = useState(u.extension);
  const doing = useDoing();
  const suggest = () => void doing.run('suggest', async () => setExtension((await api.get('/api/v1/extensions/next')).extension));
  const save = () => doing.run('save', () => change(u.id, () => api.put('/api/v1/users/{id}/extension', { path: { id: u.id }, body: { extension }, ifMatch: etag })), t('numbers.extension.saved', { extension }));
  const why = !may('users:write') ? t('numbers.may_not') : extension === u.extension ? t('numbers.nothing_changed') : undefined;
  const about = doing.problem?.about('extension') ?? (doing.problem?.status === 422 ? doing.problem.detail : undefined);
  return (
    <Card title={t('numbers.users.extension')}>
      <p class="soft">{t('numbers.extension.text')}</p>
      <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) void save(); }}>
        <div class="row wrap office-extension">
          <TextField label={t('numbers.users.extension')} hideLabel class="office-digits num" inputmode="numeric" maxLength={3} autocomplete="off" value={extension} onValue={(v) => { doing.clear(); setExtension(v); }} error={about} />
          <Button onClick={suggest} busy={doing.busy === 'suggest'} why={may('users:write') ? undefined : t('numbers.may_not')}>{t('numbers.extension.suggest')}</Button>
          <Button kind="primary" type="submit" busy={doing.busy === 'save'} why={why}>{t('core.save')}</Button>
        </div>
        {!about && <ExtensionHint extension={extension} own={u.extension} />}
        {doing.problem && !about && <Refusal problem={doing.problem} />}
        {extension !== u.extension && <p class="hint">{t('numbers.extension.at_once')}</p>}
      </form>
    </Card>
  );
}
