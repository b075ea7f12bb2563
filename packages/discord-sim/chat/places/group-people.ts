import type { PersonView, RoleView } from '../../src/control/live/chat-view.ts'

export interface PeopleGroup {
  name: string
  people: PersonView[]
}

/** People under their highest role that is shown apart, the others under "Members"; bots stand alone at the end. */
export function groupPeople(people: readonly PersonView[], roles: readonly RoleView[]): PeopleGroup[] {
  const apart = roles.filter((role) => role.hoist).toSorted((one, other) => other.position - one.position)
  const groupOf = (person: PersonView) =>
    person.bot ? 'Apps' : (apart.find((role) => person.roleIds.includes(role.id))?.name ?? 'Members')
  return [...apart.map((role) => role.name), 'Members', 'Apps']
    .map((name) => ({ name, people: people.filter((person) => groupOf(person) === name) }))
    .filter((group) => group.people.length > 0)
}
