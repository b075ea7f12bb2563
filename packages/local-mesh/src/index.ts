export { type LocalMesh, type LocalMeshOptions, startLocalMesh } from './local-mesh.ts'
export type { MeshProcess } from './process-group.ts'
export type { DiscordTarget, LaunchOptions } from './launch-options.ts'
export type { ProcessMemory } from './memory-report.ts'
