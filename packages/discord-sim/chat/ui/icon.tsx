const paths = {
  hash: 'M4 9h16M4 15h16M10 3 8 21M16 3l-2 18',
  voice: 'M11 5 6 9H3v6h3l5 4zM15.500 8.500a5 5 0 0 1 0 7M18.500 5.500a9 9 0 0 1 0 13',
  thread: 'M7 8h10M7 12h6M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',
  announcement: 'M3 11v2a1 1 0 0 0 1 1h2l4 5v-5l9 3V5l-9 3H4a1 1 0 0 0-1 1z',
  forum: 'M4 5h16v10H9l-5 4z',
  reply: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6v1',
  smile:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14.500a4.500 4.500 0 0 0 7 0M9 9.500h.010M15 9.500h.010',
  more: 'M5 12h.010M12 12h.010M19 12h.010',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'm6 9 6 6 6-6',
  back: 'm15 6-6 6 6 6',
  send: 'M4 12 3 4l18 8-18 8zM4 12h9',
  activity: 'M3 12h4l3-8 4 16 3-8h4',
  people:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500a6.500 6.500 0 0 1 3.500 5.500',
  external: 'M14 4h6v6M20 4l-9 9M10 5H5v14h14v-5',
  eye: 'M2 12s3.500-7 10-7 10 7 10 7-3.500 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  file: 'M6 2h8l5 5v15H6zM14 2v5h5',
  check: 'm5 13 4 4L19 7',
  slash: 'M9 20 15 4',
} as const

export type IconName = keyof typeof paths

/** A picture beside words that say the same, or inside a button that has a name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
