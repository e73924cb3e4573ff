/** Split-conformal prediction sets: sets of classes that have the true one with a chosen probability. */
@NullMarked
package io.github.afterimage.experiments.conformal;

import org.jspecify.annotations.NullMarked;
