// What is told while one looks elsewhere: toasts, and notifications of the desktop (SPEC L11, L12, O10).
import { useEffect } from 'preact/hooks';
import { api } from '../api/client';
import { hear, type Happening } from '../api/events';
import { t } from '../i18n/words';
import { toast } from '../parts/over';
import { navigate } from '../parts/router';
import { kept } from '../phone/kept';
import { desktop } from './desktop';
import { fillDialler } from './dialler';
import { myID, type Message, type Notice } from './state';
import { missedWords } from './show';

/** The event names whose notification it is and of which call; what is shown of it is the API's to say. */
async function missed(e: Happening): Promise<void> {
  if (e.data['user_id'] !== myID()) return;
  const page = await api.get('/api/v1/me/notifications', { query: { open: true, limit: 20 } }).catch(() => null);
  const n: Notice | undefined = page?.data?.find((x) => x.id === e.data['id']);
  if (!n) return;
  const from = n.contact?.name || n.from_display || t('workspace.call.anonymous');
  const go = () => navigate(`/calls/${n.call_id}`);
  toast(t('workspace.notice.missed', { name: from }), 'warn', { label: t('workspace.notice.look'), go });
  if (kept.value.notifyMissed) desktop(t('workspace.notice.missed', { name: from }), missedWords(n.missed_reason), n.id, go);
}

function received(m: Message): void {
  if (m.direction !== 'inbound') return;
  const from = m.contact?.name || m.from_display || m.from;
  const to = `/inbox/c/${m.conversation_id}`;
  if (location.pathname === to && document.visibilityState === 'visible') return;
  toast(t('workspace.notice.message', { name: from }), 'info', { label: t('workspace.notice.read'), go: () => navigate(to) });
  if (kept.value.notifyMessages) desktop(from, m.body.slice(0, 160), m.id, () => navigate(to));
}

function told(e: Happening): void {
  if (e.type === 'notification.created') void missed(e);
  else if (e.type === 'message.received') received(e.data as unknown as Message);
  else if (e.type === 'user.dial_requested' && e.subject === myID() && typeof e.data['to'] === 'string') {
    fillDialler(e.data['to']);
    toast(t('workspace.notice.dial', { number: String(e.data['to_display'] ?? e.data['to']) }), 'info');
  }
}

/** Listens for as long as the Workspace is there. */
export function useNotices(): void {
  useEffect(() => hear(['notification.created', 'message.received', 'user.dial_requested'], told), []);
}
