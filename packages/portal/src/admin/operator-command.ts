/** The command that is equivalent to a dialog of the console. */
export type OperatorCommand =
  | { readonly kind: 'move'; readonly guildId: string; readonly target: string; readonly reason: string }
  | { readonly kind: 'cordon' | 'uncordon'; readonly gatewayId: string; readonly reason: string }

/** Writes a command so that a POSIX shell reads back exactly these values. */
export function operatorCommand(command: OperatorCommand): string {
  const reason = `--reason ${shellWord(command.reason)}`
  switch (command.kind) {
    case 'move':
      return `guildmesh guild move ${shellWord(command.guildId)} --to ${shellWord(command.target)} ${reason}`
    case 'cordon':
    case 'uncordon':
      return `guildmesh gateway ${command.kind} ${shellWord(command.gatewayId)} ${reason}`
    default:
      return command satisfies never
  }
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
