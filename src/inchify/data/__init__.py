"""Picture and caption data: reading, preprocessing, storage, sampling, augmentation, batching.

The order of use: ``preprocess`` makes a work folder, ``buckets`` reads its captions, ``sampler``
plans the batches of an epoch, ``dataset`` turns a plan into batches. ``pictures`` serves training
and reading alike.
"""
