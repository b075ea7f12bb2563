import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The edge that answers /api and /auth for `npm run dev`. */
const edge = process.env['EDGE_URL'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // All have light-dark(), popovers and text-wrap; all are older than two years.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Inlined files would need `data:` in the content security policy.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': { target: edge, changeOrigin: false },
      '/auth': { target: edge, changeOrigin: false },
    },
  },
})
