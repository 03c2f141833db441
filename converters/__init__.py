"""Turn Keras models into files that devices run, each proven on data. Needs ``convert``."""
