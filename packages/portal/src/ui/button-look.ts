const base =
  'inline-flex items-center justify-center gap-2 rounded-md font-semibold whitespace-nowrap no-underline ' +
  'transition-colors duration-100 disabled:opacity-50 data-disabled:opacity-50 border'

const sizes = {
  regular: 'min-h-9 px-3.5 text-[0.9375rem]',
  small: 'min-h-8 px-2.5 text-sm',
  large: 'min-h-12 px-6 text-base',
} as const

const kinds = {
  primary: 'bg-accent text-on-accent border-accent hover:bg-accent-strong hover:border-accent-strong',
  plain: 'bg-surface text-ink border-edge/60 hover:border-edge hover:bg-sunken',
} as const

/** The look of a button, or of a link that acts as one. */
export function buttonLook(kind: keyof typeof kinds = 'plain', size: keyof typeof sizes = 'regular'): string {
  return `${base} ${sizes[size]} ${kinds[kind]}`
}
