/** A list of experiments, run one after the other, and the page about them. */
@NullMarked
package io.github.afterimage.experiments.reproduction;

import org.jspecify.annotations.NullMarked;
