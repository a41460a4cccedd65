// Files to the person and from them.

/** Gives a text to the person as a file. */
export function download(name: string, text: string, type = 'application/json'): void {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(new Blob([text], { type }));
  a.download = name.replace(/[\\/:*?"<>|]+/g, '_').slice(0, 120);
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 1000);
}

/** Reads a flow/v1 document from a text that was exported; null where it is none. */
export function readDocument(text: string): Record<string, unknown> | null {
  try {
    const v: unknown = JSON.parse(text);
    return typeof v === 'object' && v !== null && (v as Record<string, unknown>)['schema'] === 'flow/v1' ? (v as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
