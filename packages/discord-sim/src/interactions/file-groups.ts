/** The groups of file endings: https://docs.discord.com/developers/reference#file-type-filtering */
export const fileGroups: Record<string, readonly string[]> = {
  image: ['.png', '.gif', '.jpg', '.jpeg', '.jfif', '.webp', '.avif'],
  video: ['.mp4', '.mov', '.qt', '.webm'],
  audio: ['.mp3', '.m4a', '.wav', '.ogg', '.opus', '.flac'],
}
