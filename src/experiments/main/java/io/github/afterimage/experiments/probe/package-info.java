/** A linear classifier on the keys of an index, the baseline beside the cache. */
@NullMarked
package io.github.afterimage.experiments.probe;

import org.jspecify.annotations.NullMarked;
