/**
 * What a code of src/errors.ts means, in Russian: the service writes its sentences in English, so a Russian reader gets the gist first and
 * the service's own sentence, with its figures and names, after it. In English that sentence is enough.
 */
import type { SleapErrorCode } from '../../client/sleap-error.ts';
import { language } from './language.ts';

const RUSSIAN: Record<SleapErrorCode, string> = {
  invalid_request: 'Запрос заполнен неверно.',
  not_json: 'Тело запроса — не JSON.',
  not_base64: 'Файл закодирован неверно.',
  payload_too_large: 'Превышено ограничение службы.',
  unsupported_media_type: 'Такой тип содержимого не принимается.',
  unauthorized: 'Нужен ключ доступа.',
  not_found: 'Этого больше нет, или не было.',
  not_training: 'Эта модель не обучается.',
  model_is_training: 'Модель ещё обучается.',
  model_has_no_weights: 'Обучение кончилось раньше, чем появились веса.',
  already_finished: 'Задача уже закончена.',
  inference_is_running: 'Видео ещё обрабатывается.',
  overlay_is_running: 'Видео с точками уже готовится.',
  no_predictions: 'Ни один кадр ещё не обработан.',
  range_not_satisfiable: 'Таких байтов в файле нет.',
  task_is_active: 'Работа ещё идёт: сначала отмените её.',
  idempotency_key_reused: 'Ключ повтора уже был у другого запроса.',
  not_ready: 'Служба сейчас не может принять работу.',
  upload_incomplete: 'Файл передан не весь.',
  upload_offset_wrong: 'Кусок файла не продолжает переданное.',
  upload_is_busy: 'Этот файл уже передаётся другим запросом.',
  upload_expired: 'Передачу файла слишком долго не продолжали.',
  checksum_wrong: 'Контрольная сумма не сходится.',
  tus_version_unsupported: 'Эта версия протокола передачи не поддерживается.',
  archive_invalid: 'Это не целый архив.',
  archive_too_large: 'В распакованном виде архив больше допустимого.',
  password_needed: 'Архив зашифрован.',
  password_wrong: 'Пароль не подходит к архиву.',
  dataset_ambiguous: 'В данных несколько разметок: укажите, какую взять.',
  labels_missing: 'В данных нет разметки.',
  labels_invalid: 'Разметку нельзя прочитать.',
  image_missing: 'Нет изображения или видео, которое названо в разметке.',
  image_invalid: 'Изображение нельзя прочитать.',
  no_labelled_frames: 'Ни на одном кадре нет видимых точек.',
  several_animals: 'В разметке несколько животных.',
  video_invalid: 'Видео нельзя прочитать.',
  video_codec_unsupported: 'Кодек видео неизвестен.',
  model_invalid: 'Модель нельзя прочитать.',
  weights_unavailable: 'Веса ImageNet нужны, но их нет.',
  checkpoint_invalid: 'Сохранённое состояние нельзя прочитать.',
  nan_loss: 'Ошибка обучения перестала быть числом.',
  out_of_memory: 'Исполнителю не хватило памяти.',
  device_unavailable: 'Исполнителю не на чем вычислять.',
  device_lost: 'Исполнитель потерял видеокарту.',
  lease_lost: 'Задачу взял другой исполнитель.',
  worker_lost: 'Исполнитель переставал отвечать при каждой попытке.',
  configuration_invalid: 'Служба настроена неверно.',
  database_unavailable: 'База данных недоступна.',
  storage_unavailable: 'Хранилище файлов недоступно.',
  internal: 'Ошибка в самой службе; подробности в её журнале.',
  no_answer: 'Служба не отвечает.',
  not_the_service: 'Ответила не служба, а что-то перед ней.',
  canceled: 'Задача отменена.',
};

/** @param code a word that is not known, as of a newer service, has no meaning here. @returns null in English. */
export function meaningOf(code: string): string | null {
  if (language.value === 'en') return null;
  return (RUSSIAN as Record<string, string>)[code] ?? null;
}
