"""Turn Keras models into files that devices run, each verified on data. Needs ``convert``.

``parents`` opens the models that are converted, ``quantization`` finds integer weights,
``formats`` writes the files, ``verification`` compares each file with its parent. ``convert`` goes
through all four; what decides whether a file is kept is in ``verification.gates``.
"""
