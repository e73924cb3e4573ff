package io.github.afterimage.experiments.trial;

import io.github.afterimage.model.evaluation.Prediction;

/**
 * The answers to an example.
 *
 * @param calibrated that of the network alone with a temperature and the shares of the classes; none without a network
 * @param calibratedTrue its probability of the true class; NaN likewise
 * @param probe that of a linear probe of the same keys
 * @param group the group of examples to which it belongs; those of other groups do not depend on it
 */
record TestedAnswer(Prediction prediction, int calibrated, double calibratedTrue, int probe, int group) {}
