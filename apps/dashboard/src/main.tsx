import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/theme.css';
import { App } from './app.js';
import { applyRememberedTheme } from './theme/theme-switch.js';

applyRememberedTheme();
createRoot(document.getElementById('root') as HTMLElement).render(<StrictMode><App /></StrictMode>);
