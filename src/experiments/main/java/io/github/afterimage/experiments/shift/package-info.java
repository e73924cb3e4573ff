/** The worth of a memory when images change after the training: it answers corrupted images, and learns from a few of them. */
@NullMarked
package io.github.afterimage.experiments.shift;

import org.jspecify.annotations.NullMarked;
