/** Classifies images with a network and an index, and differentiates the result. */
@NullMarked
package io.github.afterimage.model;

import org.jspecify.annotations.NullMarked;
