// A number from before flows: what it does, and its conversion to a flow that does the same (SPEC F19, F20).
import { api } from '../../../api/client';
import { may } from '../../../entry/signed';
import { t, tMaybe } from '../../../i18n/words';
import { Banner, Button, Card, Facts, Refusal } from '../../../parts/basic';
import { confirm, toast } from '../../../parts/over';
import { useDoing } from '../doing';
import { daysText } from '../settings/week';
import { act, type Held } from './ask';
import { Outline } from './outline';

export function LegacyCard({ number: n, etag }: Held) {
  const doing = useDoing();
  const l = n.legacy!;
  const convert = async () => {
    if (!(await confirm(t('numbers.legacy.confirm_title', { number: n.display }), <p>{t('numbers.legacy.confirm')}</p>, t('numbers.legacy.go'), 'plain'))) return;
    if (await doing.run('convert', () => act(n.id, () => api.post('/api/v1/numbers/{id}/convert-to-flow', { path: { id: n.id }, ifMatch: etag })))) toast(t('numbers.legacy.done', { number: n.display }), 'good');
  };
  const hours = l.open === 'hours' ? (l.hours ?? []).map((h) => `${daysText(h.days ?? [])} ${h.from}–${h.to}`).join(' · ') : t(l.open === 'always' ? 'numbers.legacy.always' : 'numbers.legacy.never');
  return (
    <Card title={t('numbers.legacy.card')} actions={<Button kind="primary" icon="flow" busy={doing.busy !== ''} onClick={() => void convert()} why={may('numbers:write') ? undefined : t('numbers.may_not')}>{t('numbers.legacy.button')}</Button>}>
      <Banner tone="info"><p>{t(n.kind === 'legacy_ivr' ? 'numbers.legacy.text_ivr' : 'numbers.legacy.text_classic')}</p></Banner>
      {doing.problem && <Refusal problem={doing.problem} />}
      <Facts facts={[
        [t('numbers.legacy.open'), hours],
        [t('numbers.legacy.welcome'), soundName(l.welcome_audio)],
        [t('numbers.legacy.menu'), soundName(l.menu_audio)],
        [t('numbers.legacy.music'), soundName(l.music_audio)],
        [t('numbers.legacy.closed'), soundName(l.closed_audio)],
      ]} />
      <Outline number={n} />
    </Card>
  );
}

/** A sound of the product has a name in words; one of the account is shown in the audio library. */
const soundName = (id: string) => (id ? tMaybe(`numbers.sound.${id}`, t('numbers.sound.own')) : '');
