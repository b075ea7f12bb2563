import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './styles/main.css'

const root = document.querySelector('#root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(<App />)
