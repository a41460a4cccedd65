// Notifications of the desktop.

/** Shows a notification of the desktop if it may be shown, and nobody looks at the page. */
export function desktop(title: string, body: string, tag: string, go: () => void): Notification | null {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || document.visibilityState === 'visible') return null;
  try {
    const n = new Notification(title, { body, tag, icon: '/page/icon.svg' });
    n.onclick = () => { focus(); go(); n.close(); };
    return n;
  } catch { // some browsers of phones know the word and not the thing
    return null;
  }
}
