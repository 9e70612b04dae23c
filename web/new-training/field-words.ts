/**
 * What the fields of training_config are called, and in Russian what they mean; the English sentences are those of the contract (fields.ts). By the
 * last part of the field's path: where the same word stands in two places it means the same.
 */
import { language } from '../language/language.ts';
import type { Field } from './fields.ts';

// biome-ignore format: one field a line
const WORDS: Record<string, { en: string; ru: string; ruText: string }> = {
  backbone_model: { en: 'Network', ru: 'Сеть', ruText: 'Какая сеть обучается. U-Net подходит почти всегда.' },
  heads_output_stride: { en: 'Output stride', ru: 'Шаг карт', ruText: 'Пикселей изображения на пиксель карты: чем меньше, тем точнее, медленнее и больше памяти.' },
  heads_sigma: { en: 'Sigma', ru: 'Сигма', ruText: 'Ширина пика на карте, в её пикселях; в пикселях изображения — сигма × шаг.' },
  num_epochs: { en: 'Epochs, at most', ru: 'Эпох, не больше', ruText: 'Верхняя граница: обучение может остановиться и раньше.' },
  learning_rate: { en: 'Learning rate', ru: 'Скорость обучения', ruText: 'В первой эпохе (Adam с AMSGrad).' },
  test_fraction: { en: 'Share for validation', ru: 'Доля для проверки', ruText: 'Доля размеченных кадров, на которых сеть проверяется, а не учится: хотя бы один кадр, но не все.' },
  pretrained_encoder: { en: 'Encoder', ru: 'Энкодер', ruText: 'Предобученная сеть под декодером; по умолчанию efficientnetb0.' },
  encoder_weights: { en: 'Weights to begin with', ru: 'Начальные веса', ruText: 'С чего начинает энкодер. imagenet: веса ImageNet, без них обучение не начнётся; случайные числа; не указано: ImageNet, если их можно получить, иначе случайные с предупреждением.' },
  encoder_preprocessing: { en: 'Range of levels', ru: 'Диапазон яркостей', ruText: 'Как яркости попадают в энкодер: в диапазоне его весов ImageNet или в [0, 1], как в SLEAP.' },
  holdout_fraction: { en: 'Share held out', ru: 'Отложенная доля', ruText: 'Доля кадров, которых обучение не видит совсем; по ним — итоговая оценка.' },
  split_by: { en: 'What stays together', ru: 'Что не разделять', ruText: 'Что при разделении остаётся вместе: ничего, кадры одного видео (папки) или одной группы из groups.csv.' },
  seed: { en: 'Seed', ru: 'Начальное число (seed)', ruText: 'Задаёт разделение, начальные веса, порядок и искажения; пусто: случайное, модель его покажет.' },
  input_scaling: { en: 'Scale of the images', ru: 'Масштаб изображений', ruText: 'Множитель ширины и высоты перед сетью.' },
  batch_size: { en: 'Frames a step', ru: 'Кадров за шаг', ruText: 'Размер пакета (batch).' },
  batches_per_epoch: { en: 'Steps an epoch', ru: 'Шагов за эпоху', ruText: 'Пусто: max(200, кадров обучения / размер пакета), как в SLEAP.' },
  precision: { en: 'Precision', ru: 'Точность', ruText: 'mixed: свёртки умножают в float16 и складывают в float32, если устройство умеет; веса остаются float32.' },
  stem_stride: { en: 'Stride of the first block', ru: 'Шаг первого блока', ruText: 'Пикселей изображения на пиксель после начального блока; пусто: без него или по умолчанию сети.' },
  max_stride: { en: 'Deepest stride', ru: 'Наибольший шаг', ruText: 'Пикселей изображения на пиксель самого глубокого слоя: чем больше, тем шире сеть видит.' },
  filters: { en: 'Channels at first', ru: 'Каналов вначале', ruText: 'Каналов в первом блоке.' },
  filters_rate: { en: 'Growth of channels', ru: 'Рост каналов', ruText: 'Множитель каналов от блока к блоку.' },
  middle_block: { en: 'Block in the middle', ru: 'Средний блок', ruText: 'Ещё две свёртки на наибольшем шаге.' },
  up_interpolate: { en: 'Bilinear upsampling', ru: 'Билинейное увеличение', ruText: 'В декодере вместо транспонированных свёрток.' },
  stacks: { en: 'Networks in a row', ru: 'Сетей подряд', ruText: 'У каждой при обучении свой выход; предсказывает последняя.' },
  stem_filters: { en: 'Channels of the first block', ru: 'Каналов первого блока', ruText: 'Каналов в начальном блоке.' },
  filter_increase: { en: 'More channels a block', ru: 'Прибавка каналов', ruText: 'На сколько каналов каждый следующий блок больше.' },
  version: { en: 'Depth', ru: 'Глубина', ruText: 'Насколько сеть глубока.' },
  features: { en: 'What the head reads', ru: 'Откуда выход', ruText: 'decoder: обучается целиком, с декодером; sleap-default: как в SLEAP.' },
  weights: { en: 'Weights of the encoder', ru: 'Веса энкодера', ruText: 'Веса ImageNet неизменны, дообучаются, или случайные; не указано: дообучаются (с sleap-default неизменны).' },
  method: { en: 'Upsampling', ru: 'Увеличение', ruText: 'Чем шаг декодера увеличивает.' },
  skip_connections: { en: 'Skip connections', ru: 'Обходные связи', ruText: 'Как входят признаки энкодера того же шага; пусто: никак.' },
  block_stride: { en: 'Factor of a step', ru: 'Множитель шага', ruText: 'Во сколько раз увеличивает один шаг декодера.' },
  refine_convs: { en: 'Convolutions a step', ru: 'Свёрток на шаг', ruText: 'Свёртки 3×3 после каждого шага.' },
  batch_norm: { en: 'Normalise', ru: 'Нормализация', ruText: 'После каждой свёртки.' },
  transposed_conv_kernel_size: { en: 'Side of the kernel', ru: 'Сторона ядра', ruText: 'Ядро транспонированной свёртки, в пикселях её выхода.' },
  atrous: { en: 'Dilated convolutions', ru: 'Разреженные свёртки', ruText: 'При наибольшем шаге меньше 32 видеть так же далеко; не указано: да (с sleap-default нет).' },
  decoder_filters: { en: 'Channels of the decoder', ru: 'Каналов декодера', ruText: 'Каналов в первом шаге декодера.' },
  decoder_filters_rate: { en: 'Growth in the decoder', ru: 'Рост в декодере', ruText: 'Множитель каналов на шаг; дробная часть отбрасывается.' },
  rotate: { en: 'Rotate', ru: 'Поворот', ruText: 'Вокруг середины изображения.' },
  rotation_min_angle: { en: 'from, degrees', ru: 'от, градусов', ruText: 'Наименьший угол.' },
  rotation_max_angle: { en: 'to, degrees', ru: 'до, градусов', ruText: 'Наибольший угол.' },
  translate: { en: 'Shift', ru: 'Сдвиг', ruText: 'По x и y независимо.' },
  translate_min: { en: 'from, px', ru: 'от, пикс.', ruText: 'Наименьший сдвиг.' },
  translate_max: { en: 'to, px', ru: 'до, пикс.', ruText: 'Наибольший сдвиг.' },
  scale: { en: 'Scale', ru: 'Масштаб', ruText: 'Одним множителем по обеим осям.' },
  scale_min: { en: 'from', ru: 'от', ruText: 'Наименьший множитель.' },
  scale_max: { en: 'to', ru: 'до', ruText: 'Наибольший множитель.' },
  uniform_noise: { en: 'Uniform noise', ru: 'Равномерный шум', ruText: 'К каждому пикселю прибавляется своё число.' },
  uniform_noise_min_val: { en: 'from, levels', ru: 'от, уровней', ruText: 'Наименьшее число, в уровнях 0–255.' },
  uniform_noise_max_val: { en: 'to, levels', ru: 'до, уровней', ruText: 'Наибольшее число, в уровнях 0–255.' },
  gaussian_noise: { en: 'Gaussian noise', ru: 'Гауссов шум', ruText: 'К каждому пикселю прибавляется нормально распределённое число.' },
  gaussian_noise_mean: { en: 'mean, levels', ru: 'среднее, уровней', ruText: 'В уровнях 0–255.' },
  gaussian_noise_stddev: { en: 'deviation, levels', ru: 'отклонение, уровней', ruText: 'Стандартное отклонение, в уровнях 0–255.' },
  contrast: { en: 'Contrast', ru: 'Контраст', ruText: 'x ** гамма, где x — яркость в [0, 1].' },
  contrast_min_gamma: { en: 'gamma from', ru: 'гамма от', ruText: 'Наименьшая гамма.' },
  contrast_max_gamma: { en: 'gamma to', ru: 'гамма до', ruText: 'Наибольшая гамма.' },
  brightness: { en: 'Brightness', ru: 'Яркость', ruText: 'Ко всем пикселям прибавляется одно число.' },
  brightness_min_val: { en: 'from, levels', ru: 'от, уровней', ruText: 'Наименьшее число, в уровнях 0–255.' },
  brightness_max_val: { en: 'to, levels', ru: 'до, уровней', ruText: 'Наибольшее число, в уровнях 0–255.' },
  random_flip: { en: 'Mirror', ru: 'Отражение', ruText: 'С вероятностью 1/2; левые и правые точки меняются местами.' },
  flip_horizontal: { en: 'left and right', ru: 'слева направо', ruText: 'Выключено: сверху вниз.' },
  reduce_on_plateau: { en: 'Lower the rate', ru: 'Снижать скорость', ruText: 'Когда ошибка на проверке перестаёт падать.' },
  reduction_factor: { en: 'Factor', ru: 'Множитель', ruText: 'На который умножается скорость обучения.' },
  plateau_min_delta: { en: 'Least fall', ru: 'Наименьшее падение', ruText: 'Меньшее падение ошибки на проверке не считается.' },
  plateau_patience: { en: 'Patience, epochs', ru: 'Терпение, эпох', ruText: 'Сколько эпох ждать падения.' },
  plateau_cooldown: { en: 'Pause, epochs', ru: 'Пауза, эпох', ruText: 'Эпох после снижения, которые не считаются.' },
  min_learning_rate: { en: 'Least rate', ru: 'Наименьшая скорость', ruText: 'Ниже скорость не опускается.' },
  stop_training_on_plateau: { en: 'Stop by itself', ru: 'Останавливать само', ruText: 'Когда ошибка на проверке перестаёт падать.' },
  online_mining: { en: 'Weigh hard keypoints more', ru: 'Усиливать трудные точки', ruText: 'Точки с наибольшей ошибкой в пакете получают больший вес.' },
  hard_to_easy_ratio: { en: 'Hard from', ru: 'Трудная начиная с', ruText: 'Во сколько раз ошибка точки больше, чем у самой лёгкой.' },
  min_hard_keypoints: { en: 'At least', ru: 'Не меньше', ruText: 'Столько точек пакета считаются трудными.' },
  max_hard_keypoints: { en: 'At most', ru: 'Не больше', ruText: 'Столько точек пакета считаются трудными; пусто: без предела.' },
  loss_scale: { en: 'Weight', ru: 'Вес', ruText: 'Множитель ошибки трудных точек, которая прибавляется к общей.' },
};

/** What the English of the contract says in the terms of its code, for the six fields that everybody reads. */
const ENGLISH: Record<string, string> = {
  backbone_model: 'A U-Net does for nearly everything.',
  heads_output_stride: 'Pixels of the image per pixel of the map: smaller is more exact, slower and takes more memory.',
  heads_sigma: 'Spread of the peak in pixels of the map; in pixels of the image it is sigma × stride.',
  num_epochs: 'An upper bound: early stopping may end the training sooner.',
  learning_rate: 'Of the first epoch (Adam with AMSGrad).',
  test_fraction: 'Share of the labelled frames that check the network and do not teach it.',
};

/** What a field is called; one that is newer than this file by its own name. */
export function labelOf({ path }: Pick<Field, 'path'>): string {
  const name = path.at(-1)!;
  return WORDS[name]?.[language.value] ?? name;
}

/** A sentence on what it does. */
export function textOf({ path, text }: Pick<Field, 'path' | 'text'>): string {
  const name = path.at(-1)!;
  if (language.value === 'ru') return WORDS[name]?.ruText ?? text;
  return ENGLISH[name] ?? text;
}
