/** Sets of classes that have the true class with a chosen probability. */
@NullMarked
package io.github.afterimage.experiments.sets;

import org.jspecify.annotations.NullMarked;
