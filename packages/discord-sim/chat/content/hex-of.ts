/** `#rrggbb` of a colour as Discord sends it. */
export function hexOf(color: number): string {
  return `#${color.toString(16).padStart(6, '0')}`
}
