/** Statistics of classifiers: intervals of error rates, tests of differences, and the calibration of probabilities. */
@NullMarked
package io.github.afterimage.experiments.statistics;

import org.jspecify.annotations.NullMarked;
