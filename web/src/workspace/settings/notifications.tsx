// Notifications of the desktop.
import { useState } from 'preact/hooks';
import { t } from '../../i18n/words';
import { Banner, Button, Card } from '../../parts/basic';
import { CheckField } from '../../parts/fields';
import { keep, kept } from '../../phone/kept';

export function Notifications() {
  const [state, setState] = useState<NotificationPermission | 'none'>(typeof Notification === 'undefined' ? 'none' : Notification.permission);
  return (
    <Card title={t('workspace.settings.notifications')}>
      {state === 'none' && <Banner tone="warn">{t('workspace.notify.none')}</Banner>}
      {state === 'denied' && <Banner tone="warn">{t('workspace.notify.denied')}</Banner>}
      {state === 'default' && <Banner tone="info" action={<Button small kind="primary" onClick={() => void Notification.requestPermission().then(setState)}>{t('workspace.notify.allow')}</Button>}>{t('workspace.notify.ask')}</Banner>}
      {state === 'granted' && <p class="soft">{t('workspace.notify.granted')}</p>}
      <CheckField label={t('workspace.notify.calls')} checked={kept.value.notifyCalls} onValue={(notifyCalls) => keep({ notifyCalls })} />
      <CheckField label={t('workspace.notify.missed')} checked={kept.value.notifyMissed} onValue={(notifyMissed) => keep({ notifyMissed })} />
      <CheckField label={t('workspace.notify.messages')} checked={kept.value.notifyMessages} onValue={(notifyMessages) => keep({ notifyMessages })} />
      <p class="hint">{t('workspace.notify.toasts')}</p>
    </Card>
  );
}
