import { initialsOf } from './initials.ts'

/** The initials of a name on a colour that follows from the id. */
export function Avatar({ id, name, square = false }: { id: string; name: string; square?: boolean }) {
  const hue = Number(BigInt(id) % 360n)
  return (
    <span
      className={square ? 'avatar square' : 'avatar'}
      style={{ '--hue': hue }}
      data-initials={initialsOf(name)}
    />
  )
}
