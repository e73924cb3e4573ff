/** The blur of images, and the layout of their values. */
@NullMarked
package io.github.afterimage.experiments.images;

import org.jspecify.annotations.NullMarked;
