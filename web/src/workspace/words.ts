// Numbers as a person types and reads them. How they are formatted is the server's: here they are only cleaned.

/** What is dialled of a text that was typed or pasted: "tel:", spaces, dots, dashes and the (0) of "+33 (0)1" go. */
export function dialled(text: string): string {
  const plain = text.trim().replace(/^(tel|callto|sip):/i, '').replace(/\u00a0|\u202f/g, ' ');
  const digits = plain.replace(/\(0\)/g, '').replace(/[\s.\-/()]/g, '');
  if (/^00\d/.test(digits)) return `+${digits.slice(2)}`;
  return digits;
}

/** Whether a text can be dialled: digits with a plus, a star or a hash. */
export const isDiallable = (text: string) => /^\+?[\d*#]{2,20}$/.test(dialled(text));

/** Whether a text is what a person would call an emergency number in Europe. */
export const isEmergency = (text: string) => /^(112|1[578]|11[45]|119|191|196|197|911|999)$/.test(dialled(text));

/** The digits that two numbers share at their end, enough to be the same line: "0639980101" and "+33639980101". */
export function sameNumber(a: string, b: string): boolean {
  const x = a.replace(/\D/g, ''), y = b.replace(/\D/g, '');
  if (x === y) return x !== '';
  return Math.min(x.length, y.length) >= 9 && x.slice(-9) === y.slice(-9);
}
