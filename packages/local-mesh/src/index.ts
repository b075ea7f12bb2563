export { type LocalMesh, type LocalMeshOptions, type MeshProcess, startLocalMesh } from './local-mesh.ts'
export type { DiscordTarget, LaunchOptions } from './launch-options.ts'
export type { ProcessMemory } from './memory-report.ts'
