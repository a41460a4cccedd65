// What an administrator may set of a user's availability (SPEC A1, A3): not the reason, which is the user's own to say.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { refresh, useQuery } from '../../../api/query';
import { may } from '../../../entry/signed';
import { t, when } from '../../../i18n/words';
import { Badge, Button, Card, Facts, Icon, Link, Refusal } from '../../../parts/basic';
import { SelectField } from '../../../parts/fields';
import { StatusBadge } from '../badges';
import { useDoing } from '../doing';
import { hoursText } from '../settings/slots';
import { change, patchUser, useAvailabilities, type Held } from './ask';

const choices = ['available', 'auto', 'unavailable'] as const;

export function UserAvailability(held: Held) {
  const { user: u, etag } = held;
  const now = useAvailabilities().get(u.id);
  const doing = useDoing();
  const rights = may('users:write') ? undefined : t('numbers.may_not');
  const set = (availability: Schemas['AvailabilityBody']['availability']) => void doing.run(availability, async () => {
    await change(u.id, () => api.put('/api/v1/users/{id}/availability', { path: { id: u.id }, body: { availability }, ifMatch: etag }));
    refresh('availabilities');
  }, '');
  const end = () => void doing.run('end', async () => { await api.post('/api/v1/users/{id}/wrap-up/end', { path: { id: u.id } }); refresh('availabilities'); }, '');
  return (
    <div class="office-two">
      <Card title={t('numbers.availability.card')}>
        <fieldset class="office-ways one" disabled={Boolean(rights)} title={rights}><legend class="sr">{t('numbers.availability.card')}</legend>
          {choices.map((c) => (
            <label key={c} class={`office-way ${u.availability === c ? 'on' : ''}`}>
              <input type="radio" name="availability" value={c} checked={u.availability === c} disabled={Boolean(rights) || doing.busy !== ''} onChange={() => set(c)} />
              <span class="office-way-icon"><Icon name={c === 'available' ? 'check' : c === 'auto' ? 'clock' : 'pause'} size={22} /></span>
              <span class="stack tight"><strong>{t(`numbers.availability.${c}`)}</strong><span class="soft small">{t(`numbers.availability.${c}_text`)}</span></span>
            </label>
          ))}
        </fieldset>
        <p class="hint">{t('numbers.availability.reason_theirs')}</p>
        {doing.problem && <Refusal problem={doing.problem} />}
      </Card>
      <div class="stack loose">
        <Card title={t('numbers.availability.now')} actions={now?.wrap_up && <Button small onClick={end} busy={doing.busy === 'end'} why={rights}>{t('numbers.availability.end_wrap_up')}</Button>}>
          <Facts facts={[
            [t('numbers.users.status'), <StatusBadge now={now} />],
            [t('numbers.availability.device'), now?.device ? t(`numbers.device.${now.device}`) : ''],
            [t('numbers.availability.idle'), now?.idle_since ? when(now.idle_since) : ''],
            [t('numbers.availability.call'), now?.call_id ? <Link to={`/dashboard/calls/${now.call_id}`}>{t('numbers.availability.open_call')}</Link> : ''],
          ]} />
        </Card>
        <Hours {...held} rights={rights} />
      </div>
    </div>
  );
}

/** The hours that "auto" follows. */
function Hours(held: Held & { rights: string | undefined }) {
  const { user: u, rights } = held;
  const [id, setID] = useState(u.working_hours_id ?? '');
  const doing = useDoing();
  const asked = useQuery('working-hours', (signal) => api.get('/api/v1/working-hours', { query: { limit: 200 }, signal }), ['working_hours.*']);
  const all = asked.data?.data ?? [];
  const chosen = all.find((h) => h.id === id);
  return (
    <Card title={t('numbers.availability.hours')}>
      <SelectField label={t('numbers.availability.hours')} hideLabel value={id} onValue={setID} error={doing.problem?.about('working_hours_id')} choices={[{ value: '', label: t('numbers.availability.no_hours') }, ...all.map((h) => ({ value: h.id, label: h.name }))]} />
      {chosen && <p class="row wrap">{hoursText(chosen.slots ?? []).map((line) => <Badge key={line} icon="clock">{line}</Badge>)}</p>}
      {u.availability !== 'auto' && id && <p class="hint">{t('numbers.availability.only_auto')}</p>}
      {doing.problem && !doing.problem.about('working_hours_id') && <Refusal problem={doing.problem} />}
      <div class="row wrap"><Button kind="primary" busy={doing.busy !== ''} onClick={() => void doing.run('hours', () => patchUser(held, { working_hours_id: id || null }), '')} why={rights ?? (id === (u.working_hours_id ?? '') ? t('numbers.nothing_changed') : undefined)}>{t('core.save')}</Button>
        <Link class="btn quiet" to="/dashboard/call-settings/hours">{t('numbers.availability.edit_hours')}</Link></div>
    </Card>
  );
}
