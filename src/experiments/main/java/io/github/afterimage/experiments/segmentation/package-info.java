/** Semantic segmentation without training: the patches of an image get the classes of similar patches in memory. */
@NullMarked
package io.github.afterimage.experiments.segmentation;

import org.jspecify.annotations.NullMarked;
