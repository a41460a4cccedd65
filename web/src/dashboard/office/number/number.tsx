// A number with its tabs.
import type { ComponentType } from 'preact';
import { t } from '../../../i18n/words';
import { Badge, Empty, Link, Refusal, Spinner } from '../../../parts/basic';
import { Tabs } from '../../../parts/lists';
import { ScreenHead } from '../../head';
import { KindBadge, NumberState } from '../badges';
import { useNumber, type Held } from './ask';
import { Distribution } from './distribution';
import { General } from './general';
import { Integrations } from './integrations';
import { Messaging } from './messaging';
import { People } from './people';
import { NumberSettings } from './settings';

const tabs = ['general', 'distribution', 'people', 'integrations', 'messaging', 'settings'] as const;
type Tab = (typeof tabs)[number];
const screens: Record<Tab, ComponentType<Held>> = { general: General, distribution: Distribution, people: People, integrations: Integrations, messaging: Messaging, settings: NumberSettings };

export function NumberScreen({ args }: { args: Record<string, string> }) {
  const id = args['id']!;
  const asked = useNumber(id);
  const back = { to: '/dashboard/numbers', label: t('numbers.list.title') };
  if (!asked.data) {
    if (asked.problem?.status === 404) return <><ScreenHead title={t('numbers.number.gone')} back={back} /><Empty icon="search" title={t('numbers.number.gone_text')} action={<Link class="btn" to="/dashboard/numbers">{t('numbers.list.title')}</Link>} /></>;
    return <>{asked.problem ? <Refusal problem={asked.problem} retry={asked.refresh} /> : <Spinner />}</>;
  }
  const { number: n } = asked.data;
  const at = `/dashboard/numbers/${id}`;
  const to = (x: Tab) => (x === 'general' ? at : `${at}/${x}`);
  const tab = tabs.find((x) => x === args['tab']) ?? 'general';
  const Screen = screens[tab];
  return (
    <>
      <ScreenHead title={n.display} back={back} sub={<span class="row wrap">{n.name && <span class="cut office-name" title={n.name}>{n.name}</span>}<KindBadge kind={n.kind} /><NumberState number={n} />{n.priority > 0 && <Badge icon="star" tone="info">{t('numbers.priority')}</Badge>}</span>} />
      <Tabs label={n.display} at={to(tab)} tabs={tabs.map((x) => ({ to: to(x), label: t(`numbers.tab.${x}`) }))} />
      {asked.problem && <Refusal problem={asked.problem} retry={asked.refresh} />}
      <Screen {...asked.data} />
    </>
  );
}
