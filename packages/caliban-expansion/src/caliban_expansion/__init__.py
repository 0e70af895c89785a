"""Expand an experiment config into the experiments it stands for, in a pipe."""
