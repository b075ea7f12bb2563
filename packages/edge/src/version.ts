/** Version of this edge, as operators see it. A test keeps it equal to package.json. */
export const edgeVersion = '0.1.0'
