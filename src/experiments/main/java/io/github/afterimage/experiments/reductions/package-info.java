/** The accuracy, memory and speed of shorter keys. */
@NullMarked
package io.github.afterimage.experiments.reductions;

import org.jspecify.annotations.NullMarked;
