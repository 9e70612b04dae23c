/** Asks for the key of a service that has API_KEYS. The service keeps it as a cookie that scripts cannot read (POST /api/session). */
import { useSignal } from '@preact/signals';
import { asFailure, requests } from '../api/client.ts';
import { words } from '../language/language.ts';
import { failureNotice, type Notice, Notices } from './notices.tsx';

const t = words({
  en: {
    title: 'This service needs a key',
    text: 'Ask the person who runs it. The key stays in this browser for 30 days.',
    key: 'Key',
    signIn: 'Sign in',
    wrong: 'That key does not fit',
    failed: 'Signing in was not possible',
  },
  ru: {
    title: 'Этой службе нужен ключ',
    text: 'Спросите его у того, кто отвечает за службу. Ключ останется в этом браузере на 30 дней.',
    key: 'Ключ',
    signIn: 'Войти',
    wrong: 'Ключ не подошёл',
    failed: 'Войти не удалось',
  },
});

export function SignIn() {
  document.title = `${t().title} · SLEAP`;
  const refused = useSignal<Notice | null>(null);
  const signIn = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = new FormData(event.target as HTMLFormElement).get('key');
    try {
      await requests.answer({ method: 'POST', path: '/api/session', body: { key } });
      // Streams, pictures and lists begin anew, now with the cookie.
      location.reload();
    } catch (thrown) {
      const failure = asFailure(thrown);
      refused.value =
        failure.status === 401 ? { tone: 'bad', title: t().wrong, text: '' } : failureNotice(t().failed, failure);
    }
  };
  return (
    <main class="narrow">
      <form class="card stack" onSubmit={signIn}>
        <h1>{t().title}</h1>
        <p>{t().text}</p>
        <label class="field">
          <span>{t().key}</span>
          <input name="key" type="password" autocomplete="current-password" required />
        </label>
        <Notices notices={refused.value ? [refused.value] : []} />
        <button type="submit" class="primary">
          {t().signIn}
        </button>
      </form>
    </main>
  );
}
