// How the panel begins: who is signed in, which pages it may speak with, the phone, and the page around it.
import { effect } from '@preact/signals';
import { api, door, Problem } from '../api/client';
import { hear } from '../api/events';
import { findSession, session } from '../entry/signed';
import * as phone from '../phone/phone';
import { keepLast, told } from './calls';
import { forgetFacts } from './facts';
import { speakLevel1 } from './level1';
import { speakLevel2 } from './level2';
import { allowed, framed, isRefused } from './parent';
import { dialler, me, panel, person } from './state';

interface Speaker { signedIn: () => void; signedOut: () => void }

async function enter(): Promise<void> {
  const [mine, cti] = await Promise.all([api.get('/api/v1/me'), api.get('/api/v1/me/cti')]);
  allowed.value = cti.allowed_origins ?? [];
  me.value = mine;
  person.value = { id: mine.id, name: mine.name, email: mine.email, company: mine.account?.name ?? '' };
}

/** Signs out of this panel. */
export async function leave(): Promise<void> {
  await api.delete('/api/v1/session').catch(() => undefined);
  door.signedOut();
}

function refused(speakers: Speaker[]): void {
  phone.stop();
  forgetFacts();
  for (const s of speakers) s.signedOut();
  person.value = null;
  me.value = null;
  allowed.value = null;
}

/** Begins. In the window of signing in there is nothing to begin but who is there. */
export function begin(): void {
  if (location.pathname === '/cti/login') {
    void findSession();
    return;
  }
  const speakers: Speaker[] = [];
  let asked = (_number: string) => {};
  if (framed && new URLSearchParams(location.search).get('embed') === '2') speakers.push(speakLevel2());
  else if (framed) {
    const first = speakLevel1();
    speakers.push(first);
    told.note = first.noteSaved;
    asked = first.asked;
  }
  keepLast();
  hear(['user.dial_requested'], (e) => { // somebody fills the dialler by the API (SPEC O10)
    const to = e.data['to'];
    if (e.subject !== person.value?.id || typeof to !== 'string') return;
    dialler.value = { number: to, by: 'page' };
    panel.value = 'keypad';
    asked(to);
  });
  effect(() => {
    const s = session.value;
    if (s === undefined) return;
    queueMicrotask(() => {
      if (!s?.user) {
        if (person.value) refused(speakers);
        else person.value = null;
        return;
      }
      if (person.value?.id === s.user.id) return;
      enter().then(() => {
        if (isRefused()) return;
        phone.start('cti');
        void import('./late').catch(() => undefined); // there before a call is
        for (const one of speakers) one.signedIn();
      }, (e: unknown) => { if (!(e instanceof Problem) || e.status === 401) person.value = null; else setTimeout(() => void findSession(), 2000); });
    });
  });
  void findSession();
}
