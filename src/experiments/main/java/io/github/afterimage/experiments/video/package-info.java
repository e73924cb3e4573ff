/** Video object segmentation without training: the mask of the first frame is carried through a sequence. */
@NullMarked
package io.github.afterimage.experiments.video;

import org.jspecify.annotations.NullMarked;
