/** Detectors of examples that are unlike the known ones, and their comparison. */
@NullMarked
package io.github.afterimage.experiments.novelty;

import org.jspecify.annotations.NullMarked;
