// What a screen does when somebody presses something: it is done, or it is said why not.
import { Problem } from '../api/client';
import { t } from '../i18n/words';
import { toast } from '../parts/over';
import * as phone from '../phone/phone';
import { phoneWords } from './show';

/** The words of what went wrong. */
export function wordsOf(e: unknown): string {
  if (e instanceof phone.PhoneError) return phoneWords(e.code);
  if (e instanceof Problem) return e.code === 'offline' ? t('core.offline') : e.errors[0]?.message || e.detail || e.title;
  return String(e);
}

/** Does something, and says in a corner what went wrong. */
export async function attempt(what: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await what();
    if (done) toast(done, 'good');
    return true;
  } catch (e) {
    toast(wordsOf(e), 'bad');
    return false;
  }
}

/** Calls somebody from anywhere in the page. */
export function callNumber(to: string, options: phone.DialOptions = {}): void {
  void attempt(() => phone.dial(to, options));
}
