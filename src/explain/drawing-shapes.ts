// What drawings are made of: boxes, lines and texts, each with a meaning instead of a look.

/** What a shape means; each way of drawing gives it a look. */
export type Role =
  | 'panel'
  | 'chip'
  | 'edge'
  | 'arrowhead'
  | 'mark'
  | 'cross'
  | 'title'
  | 'line'
  | 'small'
  | 'label'
  | 'heading';

export type State = 'secure' | 'insecure' | 'broken' | 'neutral';

export type Shape =
  | { readonly kind: 'box'; readonly role: Role; readonly state: State; readonly box: Box; readonly radius: number }
  | { readonly kind: 'path'; readonly role: Role; readonly state: State; readonly path: string }
  | {
      readonly kind: 'text';
      readonly role: Role;
      readonly state: State;
      readonly x: number;
      /** Of the base line. */
      readonly y: number;
      readonly text: string;
      readonly align?: 'middle' | 'end';
    };

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width of a column; a phone shows one without scrolling. */
export const COLUMN_WIDTH = 320;

/** With the middle left out where it has more characters than fit: both ends of a name say something. */
export function fitText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = Math.floor((characters - 2) * 0.6);
  return `${text.slice(0, characters - 2 - end)}..${text.slice(text.length - end)}`;
}
