// What every call of the office shares: hours, special dates, sounds, tags, reasons, and who is blocked.
import type { ComponentType } from 'preact';
import { t } from '../../../i18n/words';
import { Tabs } from '../../../parts/lists';
import { ScreenHead } from '../../head';
import { Sounds } from './audio';
import { Blocked } from './blocked';
import { Dates } from './dates';
import { Hours } from './hours';
import { Reasons } from './reasons';
import { Tags } from './tags';

const tabs = ['dates', 'hours', 'audio', 'tags', 'reasons', 'blocked'] as const;
type Tab = (typeof tabs)[number];
const screens: Record<Tab, ComponentType> = { dates: Dates, hours: Hours, audio: Sounds, tags: Tags, reasons: Reasons, blocked: Blocked };

export function CallSettings({ args }: { args: Record<string, string> }) {
  const tab = tabs.find((x) => x === args['tab']) ?? 'dates';
  const Screen = screens[tab];
  const to = (x: Tab) => (x === 'dates' ? '/dashboard/call-settings' : `/dashboard/call-settings/${x}`);
  return (
    <>
      <ScreenHead title={t('numbers.call_settings.title')} sub={t('numbers.call_settings.sub')} />
      <Tabs label={t('numbers.call_settings.title')} at={to(tab)} tabs={tabs.map((x) => ({ to: to(x), label: t(`numbers.call_settings.${x}`) }))} />
      <Screen />
    </>
  );
}
