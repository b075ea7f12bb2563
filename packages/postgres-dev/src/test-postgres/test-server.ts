/** Tests throw their data away, so none of it has to survive a crash. */
export const unsafeButFast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  // Nothing that wakes up while tests run.
  autovacuum: 'off',
} as const

export const templateDatabase = 'guildmesh_template'

export const silentLog = { debug: () => {}, info: () => {} }
