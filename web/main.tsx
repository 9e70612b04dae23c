/** Puts the page on the screen. What it shows is told by the address (frame/routes.ts). */
import { render } from 'preact';
import { App } from './frame/app.tsx';
import './frame/theme.css';
import './frame/frame.css';
import './frame/controls.css';
import './frame/parts.css';
import './frame/table.css';
import './frame/state.css';

render(<App />, document.getElementById('app')!);
