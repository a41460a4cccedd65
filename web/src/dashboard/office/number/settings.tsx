// The settings of a number that no other tab has.
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t } from '../../../i18n/words';
import { Button, Card, Refusal } from '../../../parts/basic';
import { CheckField, TextField } from '../../../parts/fields';
import { useDoing } from '../doing';
import { ZoneField } from '../zones';
import { act, type Held } from './ask';

export function NumberSettings({ number: n, etag }: Held) {
  const [tag, setTag] = useState(n.must_tag);
  const [first, setFirst] = useState(n.priority > 0);
  const [ring, setRing] = useState(String(n.ring_before_answer_seconds));
  const [zone, setZone] = useState(n.timezone);
  const doing = useDoing();
  const patch: Schemas['NumberPatch'] = {};
  if (tag !== n.must_tag) patch.must_tag = tag;
  if (first !== n.priority > 0) patch.priority = first ? 1 : 0;
  if (ring.trim() !== '' && Number(ring) !== n.ring_before_answer_seconds) patch.ring_before_answer_seconds = Number(ring);
  if (zone !== n.timezone) patch.timezone = zone;
  const why = !may('numbers:write') ? t('numbers.may_not') : Object.keys(patch).length === 0 ? t('numbers.nothing_changed') : undefined;
  const save = () => void doing.run('save', () => act(n.id, () => api.patch('/api/v1/numbers/{id}', { path: { id: n.id }, body: patch, ifMatch: etag })), '');
  return (
    <Card title={t('numbers.settings.card')}>
      <form class="stack loose office-narrow" noValidate onSubmit={(e) => { e.preventDefault(); if (!why) save(); }}>
        <CheckField label={t('numbers.settings.must_tag')} hint={t('numbers.settings.must_tag_hint')} checked={tag} onValue={setTag} />
        <CheckField label={t('numbers.settings.first')} hint={t('numbers.settings.first_hint')} checked={first} onValue={setFirst} />
        <TextField label={t('numbers.settings.ring')} hint={t('numbers.settings.ring_hint')} type="number" min={0} max={60} value={ring} onValue={setRing} error={doing.problem?.about('ring_before_answer_seconds')} />
        <ZoneField label={t('numbers.settings.zone')} empty={t('numbers.settings.zone_prefix')} value={zone} onValue={setZone} error={doing.problem?.about('timezone')} />
        {doing.problem && <Refusal problem={doing.problem} />}
        <div class="row"><Button kind="primary" type="submit" busy={doing.busy !== ''} why={why}>{t('core.save')}</Button></div>
      </form>
    </Card>
  );
}
