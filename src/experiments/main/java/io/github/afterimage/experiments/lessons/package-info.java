/** Measurements of lessons: pictures taught one at a time, many kept, and classes that the network does not have. */
@NullMarked
package io.github.afterimage.experiments.lessons;

import org.jspecify.annotations.NullMarked;
