/** What a memory is worth when images change after the training: corrupted images, and what it learns from a few of them. */
@NullMarked
package io.github.afterimage.experiments.shift;

import org.jspecify.annotations.NullMarked;
