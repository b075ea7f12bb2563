/** An emoji of a button, an option or a reaction: the character itself, or the name of a server's own one. */
export function EmojiText({
  emoji,
}: {
  emoji: { id?: string | null | undefined; name?: string | null | undefined }
}) {
  return emoji.id ? (
    <span className="custom-emoji">:{emoji.name}:</span>
  ) : (
    <span className="emoji">{emoji.name}</span>
  )
}
