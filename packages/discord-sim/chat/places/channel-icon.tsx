import { ChannelType } from 'discord-api-types/v10'
import { Icon } from '../ui/icon.tsx'
import type { IconName } from '../ui/icon.tsx'

const icons: Readonly<Record<number, { icon: IconName; kind: string }>> = {
  [ChannelType.GuildVoice]: { icon: 'voice', kind: 'voice channel' },
  [ChannelType.GuildStageVoice]: { icon: 'voice', kind: 'stage' },
  [ChannelType.GuildAnnouncement]: { icon: 'announcement', kind: 'announcement channel' },
  [ChannelType.GuildForum]: { icon: 'forum', kind: 'forum' },
  [ChannelType.GuildMedia]: { icon: 'forum', kind: 'media channel' },
  [ChannelType.PublicThread]: { icon: 'thread', kind: 'thread' },
  [ChannelType.PrivateThread]: { icon: 'thread', kind: 'private thread' },
  [ChannelType.AnnouncementThread]: { icon: 'thread', kind: 'thread' },
  [ChannelType.DM]: { icon: 'thread', kind: 'direct message' },
}

export function ChannelIcon({ type }: { type: number }) {
  const shown = icons[type] ?? { icon: 'hash', kind: 'text channel' }
  return (
    <>
      <Icon name={shown.icon} />
      <span className="visually-hidden">{shown.kind} </span>
    </>
  )
}
