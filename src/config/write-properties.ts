import { stringify } from 'dot-properties';

/** The text of a .properties file, in ASCII, that Java's `Properties.load` reads back as the same keys and values. */
export function toPropertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([key, value]) => [key, value]);
  const text = stringify(lines, { lineWidth: null });
  return `${text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
