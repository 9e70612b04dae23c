/** The frame around every view: top bar, the view that the address names, and the sign-in form when the service asks for a key. */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks';
import { isSignInNeeded } from '../api/client.ts';
import { language, words } from '../language/language.ts';
import { Notices } from './notices.tsx';
import { route } from './routes.ts';
import { SignIn } from './sign-in.tsx';
import { TopBar } from './top-bar.tsx';
import type { ViewLoader, ViewProps } from './view.ts';
import { viewOf } from './views.ts';

const t = words({
  en: {
    skip: 'Skip to the content',
    nowhere: 'There is nothing at this address',
    nowhereText: 'The link may be of an older version of this page.',
    models: 'To the list of models',
    broken: 'This part of the page broke',
    brokenText: 'Reload the page. If it breaks again, report it with this sentence:',
    unloaded: 'This part of the page could not be loaded',
    unloadedText: 'The service was updated since this page was opened, or does not answer. Reload the page.',
    reload: 'Reload',
  },
  ru: {
    skip: 'К содержанию',
    nowhere: 'По этому адресу ничего нет',
    nowhereText: 'Возможно, ссылка от прежней версии страницы.',
    models: 'К списку моделей',
    broken: 'Эта часть страницы сломалась',
    brokenText: 'Перезагрузите страницу. Если сломается снова, сообщите об этом, приложив эту фразу:',
    unloaded: 'Эта часть страницы не загрузилась',
    unloadedText: 'Службу обновили после того, как страница была открыта, или она не отвечает. Перезагрузите страницу.',
    reload: 'Перезагрузить',
  },
});

export function App() {
  const main = useRef<HTMLElement>(null);
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  if (isSignInNeeded.value) {
    return (
      <>
        <TopBar />
        <SignIn />
      </>
    );
  }
  const { path } = route.value;
  const loader = viewOf(route.value);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current!.focus()}>
        {t().skip}
      </button>
      <TopBar />
      <main ref={main} tabIndex={-1}>
        {loader === null ? (
          <Nowhere />
        ) : (
          // Another model's view begins anew; a changed query does not.
          <Loaded key={path.join('/')} load={loader} parts={path.slice(1)} />
        )}
      </main>
    </>
  );
}

function Nowhere() {
  document.title = `${t().nowhere} · SLEAP`;
  return (
    <div class="stack">
      <h1>{t().nowhere}</h1>
      <p>
        {t().nowhereText} <a href="#/">{t().models}</a>
      </p>
    </div>
  );
}

/** A view once its file has arrived. A defect in it is shown in its place, and the rest of the page stays. */
function Loaded({ load, parts }: { load: ViewLoader } & ViewProps) {
  const view = useSignal<ComponentType<ViewProps> | null>(null);
  const [error, forget] = useErrorBoundary(error => console.error(error));
  const failure = useSignal<unknown>(null);
  useEffect(() => {
    forget();
    load().then(
      loaded => {
        view.value = loaded;
      },
      cause => {
        failure.value = cause;
      },
    );
  }, [load]);
  if (failure.value) {
    return (
      <div class="stack">
        <Notices notices={[{ tone: 'bad', title: t().unloaded, text: t().unloadedText }]} />
        <div>
          <button type="button" class="primary" onClick={() => location.reload()}>
            {t().reload}
          </button>
        </div>
      </div>
    );
  }
  if (error) {
    return <Notices notices={[{ tone: 'bad', title: t().broken, text: `${t().brokenText} ${String(error)}` }]} />;
  }
  const View = view.value;
  return View && <View parts={parts} />;
}
