/** Largest message that a mesh server accepts, and so the largest that a client sends. */
export const maxMeshMessageBytes = 4 * 1024 * 1024
