// What a number is joined with: its eSIM.
import { t } from '../../../i18n/words';
import { Banner, Card, Empty } from '../../../parts/basic';
import type { Held } from './ask';
import { ConversionPending, ConvertCard } from './convert';
import { AssignESIM } from './assignesim';
import { ESIM } from './esim';

export function Integrations(held: Held) {
  const { number: n } = held;
  return (
    <div class="stack loose">
      <ConversionPending {...held} />
      {n.kind === 'direct' ? (n.esim ? <ESIM {...held} /> : <AssignESIM {...held} />) : n.can_convert ? (
        n.conversion ? (
          <Card title={t('numbers.esim.card')}><Empty icon="sim" title={t('numbers.esim.needs_direct')}>{t('numbers.esim.publish_first')}</Empty></Card>
        ) : (
          <ConvertCard {...held} title={t('numbers.esim.card')} label={t('numbers.flow.edit')}>
            <Banner tone="warn"><p class="strong">{t('numbers.esim.needs_direct')}</p><p>{t('numbers.esim.way_out')}</p></Banner>
          </ConvertCard>
        )
      ) : (
        <Card title={t('numbers.esim.card')}><Empty icon="sim" title={t('numbers.esim.not_this')}>{n.legacy ? t('numbers.esim.legacy_first') : t('numbers.esim.mobile_only')}</Empty></Card>
      )}
    </div>
  );
}
